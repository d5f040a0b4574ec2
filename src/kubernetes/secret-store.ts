import { stringAt, type Json } from '../core/manifest/json.ts'
import { isGood, patchType, unexpected, type Api } from './api.ts'
import { pathOf } from './paths.ts'

/** The texts of an authority and its leaf: the shape of src/certs/store.ts, which cli joins to it. */
interface CertificateTexts {
  readonly caBundlePem: string
  readonly caKeyPem: string
  readonly certificatePem: string
  readonly keyPem: string
}

export interface CertificateSecret {
  load(): Promise<{ readonly material: CertificateTexts; readonly version: string } | undefined>
  save(next: CertificateTexts, previousVersion: string | undefined): Promise<'saved' | 'conflict'>
}

export interface SecretStoreOptions {
  readonly api: Api
  readonly namespace: string
  readonly name: string
}

/** As `certs bootstrap` names its files, and as the kubelet would mount them. */
const keys = {
  caBundlePem: 'ca.crt',
  caKeyPem: 'ca.key',
  certificatePem: 'tls.crt',
  keyPem: 'tls.key',
} as const satisfies Record<keyof CertificateTexts, string>

const names = Object.keys(keys) as (keyof CertificateTexts)[]

/** Certificates in a Secret; its resourceVersion is the version. */
export function createSecretStore({ api, namespace, name }: SecretStoreOptions): CertificateSecret {
  const collection = pathOf({ group: '', version: 'v1', resource: 'secrets', namespace })
  const path = `${collection}/${encodeURIComponent(name)}`
  return {
    async load() {
      const answer = await api.send({ method: 'GET', path })
      if (answer.status === 404) return undefined
      if (!isGood(answer)) throw unexpected(`get secrets ${namespace}/${name}`, answer)
      const version = stringAt(answer.body, 'metadata', 'resourceVersion') ?? ''
      return { material: decode(answer.body), version }
    },
    async save(next, previousVersion) {
      const answer = await (previousVersion === undefined
        ? api.send({ method: 'POST', path: collection, body: newSecret(name, next) })
        : replace(api, path, { next, previousVersion }))
      if (answer === 'conflict' || answer.status === 409) return 'conflict'
      // Gone since it was loaded.
      if (answer.status === 404 && previousVersion !== undefined) return 'conflict'
      if (!isGood(answer)) throw unexpected(`write secrets ${namespace}/${name}`, answer)
      return 'saved'
    },
  }
}

/** Only the four texts, so that labels which somebody put there stay. */
async function replace(
  api: Api,
  path: string,
  { next, previousVersion }: { next: CertificateTexts; previousVersion: string },
) {
  // An empty one would be no precondition at all, and no other spelling was ever handed out.
  if (!/^\d{1,20}$/.test(previousVersion)) return 'conflict'
  const body = { metadata: { resourceVersion: previousVersion }, data: encode(next) }
  return api.send({ method: 'PATCH', path, body, headers: patchType.merge })
}

function newSecret(name: string, texts: CertificateTexts): Json {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    type: 'Opaque',
    data: encode(texts),
  }
}

function encode(texts: CertificateTexts): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => [keys[name], Buffer.from(texts[name]).toString('base64')]),
  )
}

function decode(secret: Json | undefined): CertificateTexts {
  const text = (key: string) =>
    Buffer.from(stringAt(secret, 'data', key) ?? '', 'base64').toString('utf8')
  return {
    caBundlePem: text(keys.caBundlePem),
    caKeyPem: text(keys.caKeyPem),
    certificatePem: text(keys.certificatePem),
    keyPem: text(keys.keyPem),
  }
}
