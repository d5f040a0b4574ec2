import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { maintain, type Maintained, type Rotation } from '../../src/certs/maintain.ts'
import { systemMint, type KeyPair, type Mint } from '../../src/certs/mint.ts'
import type { LeafProfile } from '../../src/certs/profile.ts'
import type { CertificateMaterial } from '../../src/certs/store.ts'

export const start = Date.UTC(2030, 0, 1)

export const server = {
  kind: 'server',
  dnsNames: ['solewriter.solewriter.svc', 'localhost'],
  ipAddresses: ['127.0.0.1', '::1'],
} as const satisfies LeafProfile

const poolSize = 64
const pool: Promise<KeyPair>[] = []
let taken = 0

/** Real keys of the smallest size allowed; each test process makes a few and goes round. */
export const quickMint: Mint = {
  keyPair() {
    const index = taken % poolSize
    taken += 1
    pool[index] ??= systemMint.keyPair(2048)
    return pool[index]
  },
  serial: () => systemMint.serial(),
}

export function renew(
  material: CertificateMaterial | undefined,
  now: number,
  options: { readonly rotation?: Rotation; readonly profile?: LeafProfile } = {},
): Promise<Maintained> {
  return maintain(material, { profile: server, mint: quickMint, now, ...options })
}

export async function makeMaterial(now = start): Promise<CertificateMaterial> {
  return (await renew(undefined, now)).material
}

export async function temporaryDirectory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'solewriter-certs-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  return dir
}
