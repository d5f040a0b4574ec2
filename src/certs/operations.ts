import path from 'node:path'
import { GuardError } from '../core/errors.ts'
import {
  clientLayout,
  createDirectoryStore,
  serverLayout,
  type DirectoryLayout,
} from './directory-store.ts'
import { maintain, type Rotation } from './maintain.ts'
import { systemMint, type Mint } from './mint.ts'
import { readCertificates } from './pem.ts'
import { parseProfile, profileOf, type LeafProfile } from './profile.ts'
import type { CertificateMaterial } from './store.ts'

/** How the API server is called in the client certificate with which it calls the webhook. */
export const apiServerClientName = 'kube-apiserver-webhook-client'

interface DirectoryOptions {
  readonly dir: string
  readonly now: () => number
  readonly mint?: Mint
}

export interface BootstrapOptions extends DirectoryOptions {
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
  /** Also a client certificate for the API server, from an authority of its own. */
  readonly client?: { readonly commonName?: string }
}

export interface RotateOptions extends DirectoryOptions {
  readonly set: DirectoryLayout['label']
  readonly rotation: Rotation
}

/** What was done to one set of four files. */
export interface SetChange {
  readonly set: DirectoryLayout['label']
  /** Empty when everything was in order already. */
  readonly changes: readonly string[]
  readonly files: readonly string[]
}

const layouts = { server: serverLayout, client: clientLayout }
const mostAttempts = 5

/** Makes what is missing or due and leaves the rest: running it again does no harm. */
export async function bootstrap(options: BootstrapOptions): Promise<readonly SetChange[]> {
  const { dnsNames, ipAddresses, client } = options
  // Both are checked before anything is written.
  const server = parseProfile({ kind: 'server', dnsNames, ipAddresses })
  const caller =
    client && parseProfile({ kind: 'client', commonName: client.commonName ?? apiServerClientName })
  const made = await update(options, { set: 'server', profileFor: () => server })
  if (caller === undefined) return [made]
  return [made, await update(options, { set: 'client', profileFor: () => caller })]
}

/** Renews a set although it is not due, for the names that its leaf has. */
export async function rotate(options: RotateOptions): Promise<SetChange> {
  const { set, rotation } = options
  return update(options, {
    set,
    rotation,
    profileFor: (material) => presentProfile(set, material, options.dir),
  })
}

async function update(
  options: DirectoryOptions,
  wanted: {
    readonly set: DirectoryLayout['label']
    readonly profileFor: (material: CertificateMaterial | undefined) => LeafProfile
    readonly rotation?: Rotation
  },
): Promise<SetChange> {
  const layout = layouts[wanted.set]
  const store = createDirectoryStore({ ...options, layout })
  const files = Object.values(layout.files).map((name) => path.join(options.dir, name))
  const { rotation } = wanted
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const stored = await store.load()
    const { material, changes } = await maintain(stored?.material, {
      profile: wanted.profileFor(stored?.material),
      now: options.now(),
      mint: options.mint ?? systemMint,
      ...(rotation === undefined ? {} : { rotation }),
    })
    const isDone = changes.length === 0 || (await store.save(material, stored?.version)) === 'saved'
    if (isDone) return { set: wanted.set, changes, files }
  }
  throw new GuardError('CertificateUnreadable', `others keep changing ${options.dir}`)
}

function presentProfile(
  set: DirectoryLayout['label'],
  material: CertificateMaterial | undefined,
  dir: string,
): LeafProfile {
  if (material === undefined) {
    throw new GuardError('SettingsInvalid', `${dir} holds no ${set} certificates: bootstrap first`)
  }
  const [leaf] = readCertificates(material.certificatePem)
  if (leaf === undefined) throw new GuardError('CertificateInvalid', 'there is no certificate')
  return profileOf(leaf, set)
}
