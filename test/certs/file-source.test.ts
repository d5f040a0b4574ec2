import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { before, test, type TestContext } from 'node:test'
import { createFileSource } from '../../src/certs/file-source.ts'
import { day } from '../../src/certs/lifetime.ts'
import type { ServingCertificate } from '../../src/certs/serving.ts'
import type { CertificateSource } from '../../src/certs/source.ts'
import type { CertificateMaterial } from '../../src/certs/store.ts'
import { makeMaterial, renew, start, temporaryDirectory } from './pki.ts'

let one: CertificateMaterial
let two: CertificateMaterial
let caller: CertificateMaterial
before(async () => {
  one = await makeMaterial()
  two = (await renew(one, start, { rotation: 'leaf' })).material
  const profile = { kind: 'client', commonName: 'x' } as const
  caller = (await renew(one, start, { profile })).material
})

/** A volume as the kubelet keeps it: files are links into `..data`, a link that is swapped. */
class SecretVolume {
  readonly dir: string
  #generation = 0

  constructor(dir: string) {
    this.dir = dir
  }

  async write(material: CertificateMaterial): Promise<void> {
    this.#generation += 1
    const name = `..2030_${this.#generation}`
    await mkdir(path.join(this.dir, name))
    const texts = {
      'ca.crt': material.caBundlePem,
      'tls.crt': material.certificatePem,
      'tls.key': material.keyPem,
    }
    for (const [file, text] of Object.entries(texts)) {
      await writeFile(path.join(this.dir, name, file), text)
    }
    await symlink(name, path.join(this.dir, '..data_tmp'))
    await rename(path.join(this.dir, '..data_tmp'), path.join(this.dir, '..data'))
    if (this.#generation > 1) {
      await rm(path.join(this.dir, `..2030_${this.#generation - 1}`), { recursive: true })
      return
    }
    for (const file of Object.keys(texts)) {
      await symlink(`..data/${file}`, path.join(this.dir, file))
    }
  }
}

interface Watched {
  readonly source: CertificateSource
  readonly served: ServingCertificate[]
  readonly errors: string[]
}

function watchFiles(
  t: TestContext,
  dir: string,
  options: { now?: () => number; pollMs?: number; dnsNames?: string[]; withoutCa?: boolean } = {},
): Watched {
  const served: ServingCertificate[] = []
  const errors: string[] = []
  const source = createFileSource({
    certificateFile: path.join(dir, 'tls.crt'),
    keyFile: path.join(dir, 'tls.key'),
    ...(options.withoutCa === true ? {} : { caFile: path.join(dir, 'ca.crt') }),
    ...(options.dnsNames === undefined ? {} : { dnsNames: options.dnsNames }),
    now: options.now ?? (() => start),
    pollMs: options.pollMs ?? 5,
    onFailure: (error) => errors.push(`${error.code}: ${error.message}`),
  })
  source.onChange((certificate) => served.push(certificate))
  t.after(() => source.stop())
  return { source, served, errors }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2))
}

async function plainFiles(dir: string, material: CertificateMaterial): Promise<void> {
  await writeFile(path.join(dir, 'ca.crt'), material.caBundlePem)
  await writeFile(path.join(dir, 'tls.crt'), material.certificatePem)
  await writeFile(path.join(dir, 'tls.key'), material.keyPem)
}

for (const [how, pollMs] of [
  ['watching', 3_600_000],
  ['polling', 5],
] as const) {
  test(`a swap of the volume is noticed by ${how}`, async (t) => {
    const volume = new SecretVolume(await temporaryDirectory(t))
    await volume.write(one)
    const { source, served, errors } = watchFiles(t, volume.dir, { pollMs })
    await source.start()
    assert.equal(source.current()?.keyPem, one.keyPem)
    await volume.write(two)
    await until(() => served.length === 2)
    assert.equal(source.current()?.certificatePem, two.certificatePem)
    assert.equal(source.current()?.keyPem, two.keyPem)
    assert.deepEqual(errors, [])
  })
}

test('through hundreds of swaps only whole pairs come out', async (t) => {
  const volume = new SecretVolume(await temporaryDirectory(t))
  await volume.write(one)
  const { source, served } = watchFiles(t, volume.dir, { pollMs: 1 })
  await source.start()
  for (let swap = 0; swap < 300; swap += 1) await volume.write(swap % 2 === 0 ? two : one)
  await volume.write(two)
  await until(() => source.current()?.keyPem === two.keyPem && source.failure() === undefined)
  const pairs = new Map([one, two].map((made) => [made.certificatePem, made.keyPem]))
  for (const { certificatePem, keyPem } of served) assert.equal(pairs.get(certificatePem), keyPem)
  assert.ok(served.length > 1)
})

const damages: readonly [string, (dir: string) => Promise<unknown>, RegExp][] = [
  [
    'a certificate whose key is not there yet',
    (dir) => writeFile(path.join(dir, 'tls.crt'), two.certificatePem),
    /CertificateInvalid: .*tls\.crt: the key does not belong/,
  ],
  [
    'a half-written certificate',
    (dir) => writeFile(path.join(dir, 'tls.crt'), two.certificatePem.slice(0, 700)),
    /CertificateInvalid: .*no certificate/,
  ],
  [
    'a half-written chain',
    (dir) =>
      writeFile(path.join(dir, 'tls.crt'), one.certificatePem + two.caBundlePem.slice(0, 700)),
    /CertificateInvalid: .*cut off/,
  ],
  [
    'a half-written key',
    (dir) => truncate(path.join(dir, 'tls.key'), 500),
    /CertificateInvalid: .*key cannot be read/,
  ],
  ['an empty key', (dir) => truncate(path.join(dir, 'tls.key')), /key cannot be read/],
  [
    'a missing key',
    (dir) => rm(path.join(dir, 'tls.key')),
    /CertificateUnreadable: .*tls\.key: there is no such file/,
  ],
  [
    'a directory in place of the certificate',
    async (dir) => {
      await rm(path.join(dir, 'tls.crt'))
      await mkdir(path.join(dir, 'tls.crt'))
    },
    /CertificateUnreadable: .*tls\.crt: it is not a regular file/,
  ],
  [
    'a named pipe in place of the key',
    async (dir) => {
      await rm(path.join(dir, 'tls.key'))
      execFileSync('mkfifo', [path.join(dir, 'tls.key')])
    },
    /CertificateUnreadable: .*tls\.key: it is not a regular file/,
  ],
  [
    'a link that leads in a circle',
    async (dir) => {
      await rm(path.join(dir, 'tls.key'))
      await symlink('tls.key', path.join(dir, 'tls.key'))
    },
    /CertificateUnreadable: .*tls\.key: ELOOP/,
  ],
  [
    'a certificate of two megabytes',
    (dir) => writeFile(path.join(dir, 'tls.crt'), two.certificatePem.repeat(1500)),
    /CertificateUnreadable: .*longer than 1048576 bytes/,
  ],
  [
    'a bundle of other authorities',
    async (dir) => writeFile(path.join(dir, 'ca.crt'), (await makeMaterial()).caBundlePem),
    /no path leads from the certificate/,
  ],
  ['a certificate for a client', (dir) => plainFiles(dir, caller), /not for a server/],
  [
    'a certificate that has expired',
    async (dir) => plainFiles(dir, await makeMaterial(start - 91 * day)),
    /expired at/,
  ],
  [
    'a certificate that is not valid yet',
    async (dir) => plainFiles(dir, await makeMaterial(start + day)),
    /not valid before/,
  ],
  [
    'a certificate without a name it needs',
    async (dir) => {
      const profile = { kind: 'server', dnsNames: ['other.example'], ipAddresses: [] } as const
      await plainFiles(dir, (await renew(one, start, { profile })).material)
    },
    /not for localhost/,
  ],
]
for (const [title, damage, expected] of damages) {
  test(`${title} keeps the last good pair, is reported once without key material, and heals`, async (t) => {
    const dir = await temporaryDirectory(t)
    await plainFiles(dir, one)
    const { source, served, errors } = watchFiles(t, dir, { dnsNames: ['localhost'] })
    await source.start()
    await damage(dir)
    await until(() => errors.some((error) => expected.test(error)))
    assert.equal(source.current()?.keyPem, one.keyPem)
    assert.equal(served.length, 1)
    assert.match(source.failure()?.message ?? '', /tls\.|ca\./)
    for (const error of errors) assert.doesNotMatch(error, /BEGIN|MII/)
    for (const file of ['tls.crt', 'tls.key']) {
      await rm(path.join(dir, file), { recursive: true, force: true })
    }
    await plainFiles(dir, two)
    await until(() => served.length === 2 && source.failure() === undefined)
    assert.equal(source.current()?.keyPem, two.keyPem)
  })
}

test('a certificate that expires while nobody renews it is reported and stays the last one', async (t) => {
  const dir = await temporaryDirectory(t)
  await plainFiles(dir, one)
  let now = start
  const { source, errors } = watchFiles(t, dir, { now: () => now })
  await source.start()
  now = start + 91 * day
  await until(() => errors.length > 0)
  assert.match(errors.join(), /expired at 2030-04-01/)
  assert.equal(source.current()?.keyPem, one.keyPem)
})

test('a volume that is mounted after the start is found', async (t) => {
  const dir = path.join(await temporaryDirectory(t), 'later')
  const { source, errors } = watchFiles(t, dir)
  await source.start()
  assert.equal(source.current(), undefined)
  assert.match(errors.join(), /CertificateUnreadable: .*no such file/)
  await mkdir(dir)
  await new SecretVolume(dir).write(one)
  await until(() => source.current() !== undefined)
  assert.equal(source.failure(), undefined)
})

test('without a file of authorities the pair alone is judged and no bundle is offered', async (t) => {
  const dir = await temporaryDirectory(t)
  await plainFiles(dir, { ...one, caBundlePem: 'garbage' })
  const { source } = watchFiles(t, dir, { withoutCa: true })
  await source.start()
  assert.equal(source.current()?.fingerprint.length, 95)
  assert.equal(source.current()?.caBundlePem, undefined)
})

test('a pair with an elliptic curve key from somebody else is served', async (t) => {
  const dir = await temporaryDirectory(t)
  for (const file of ['tls.crt', 'tls.key']) {
    const fixture = new URL(`./fixtures/p256.${file.slice(4)}`, import.meta.url)
    await writeFile(path.join(dir, file), await readFile(fixture))
  }
  const { source, errors } = watchFiles(t, dir, { withoutCa: true, dnsNames: ['ec.example'] })
  await source.start()
  assert.deepEqual(errors, [])
  assert.equal(source.current()?.serialNumber.length, 40)
})
