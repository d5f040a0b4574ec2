import { GuardError } from '../core/errors.ts'
import { stringAt, type Json, type JsonObject } from '../core/manifest/json.ts'
import { isGood, patchType, unexpected, type Api } from './api.ts'
import { configurationPath, readConfiguration, webhooksOf } from './webhook-configuration.ts'

export interface CaBundleOptions {
  readonly api: Api
  /** Of our ValidatingWebhookConfiguration. */
  readonly name: string
  /** The present authority and those before it that are still trusted, as their source gives them. */
  readonly caBundlePem: string
  readonly signal: AbortSignal
}

/** `absent`: there is no configuration to write to. */
export type CaBundleOutcome = 'unchanged' | 'written' | 'absent'

const mostAttempts = 5

/**
 * Makes every entry of our own configuration trust the bundle. The patch names each value that it
 * writes and nothing else, and tests that the object is the one that was read.
 */
export async function writeCaBundle(options: CaBundleOptions): Promise<CaBundleOutcome> {
  const { api, name, signal } = options
  const wanted = encode(options.caBundlePem)
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const live = await readConfiguration(api, name, signal)
    if (live === undefined) return 'absent'
    const changes = changesTo(live, wanted)
    if (changes.length === 0) return 'unchanged'
    const answer = await api.send({
      method: 'PATCH',
      path: configurationPath(name),
      headers: patchType.json,
      body: [sameVersion(live), ...changes],
      signal,
    })
    if (isGood(answer)) return 'written'
    // 422 is a test that failed, 409 a write in between, 404 a removal in between.
    if (![404, 409, 422].includes(answer.status)) {
      throw unexpected(`patch validatingwebhookconfigurations ${name}`, answer)
    }
  }
  throw new GuardError('ClusterUnreachable', `others keep changing webhook configuration ${name}`)
}

function sameVersion(live: JsonObject): Json {
  const value = stringAt(live, 'metadata', 'resourceVersion') ?? ''
  return { op: 'test', path: '/metadata/resourceVersion', value }
}

function changesTo(live: JsonObject, value: string): Json[] {
  return webhooksOf(live).flatMap((webhook, index) =>
    stringAt(webhook, 'clientConfig', 'caBundle') === value
      ? []
      : // `add` replaces what is there.
        [{ op: 'add', path: `/webhooks/${index}/clientConfig/caBundle`, value }],
  )
}

/** Without a bundle the API server would trust every public authority there is. */
function encode(caBundlePem: string): string {
  if (caBundlePem.includes('-----BEGIN CERTIFICATE-----')) {
    return Buffer.from(caBundlePem).toString('base64')
  }
  throw new GuardError('CertificateInvalid', 'the bundle for the API server holds no certificate')
}
