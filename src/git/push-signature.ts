import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** As Node's HTTP server hands them over: names in lower case. */
export type PushHeaders = Readonly<Record<string, string | string[] | undefined>>

interface Push {
  readonly headers: PushHeaders
  readonly body: Uint8Array
  readonly secret: string
}

/** What each header must say; the sender chooses which of them it sends. */
const schemes: Readonly<Record<string, (push: Push) => readonly string[]>> = {
  // GitHub, and Gitea and Forgejo beside their own
  'x-hub-signature-256': (push) => [`sha256=${hexOf(push)}`],
  // any other sender, such as a CI job
  'x-signature-256': (push) => [`sha256=${hexOf(push)}`],
  'x-gitea-signature': (push) => [hexOf(push)],
  'x-forgejo-signature': (push) => [hexOf(push)],
  // GitLab's older way: the secret itself
  'x-gitlab-token': ({ secret }) => [secret],
}

/**
 * Whether a push notification comes from somebody who knows the secret. Nothing here is bound to a
 * time: a repeated notification asks for one more fetch, and fetches are limited.
 */
export function verifyPush(headers: PushHeaders, body: Uint8Array, secret: string): boolean {
  if (secret === '') return false
  const push = { headers, body, secret }
  const isSigned = Object.entries(schemes).some(([name, expected]) => {
    const sent = headers[name]
    return typeof sent === 'string' && expected(push).some((value) => areEqual(sent, value))
  })
  return isSigned || isStandardWebhook(push)
}

/** GitLab's signing tokens (`whsec_…`), after the Standard Webhooks specification. */
function isStandardWebhook({ headers, body, secret }: Push): boolean {
  const id = headers['webhook-id']
  const time = headers['webhook-timestamp']
  const sent = headers['webhook-signature']
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1]
  if (typeof id !== 'string' || typeof time !== 'string' || typeof sent !== 'string') return false
  if (encoded === undefined) return false
  const key = Buffer.from(encoded, 'base64')
  const hmac = createHmac('sha256', key).update(`${id}.${time}.`).update(body)
  const expected = `v1,${hmac.digest('base64')}`
  return sent.split(' ').some((one) => areEqual(one, expected))
}

function hexOf({ body, secret }: Push): string {
  return createHmac('sha256', secret).update(body).digest('hex')
}

/** Digests have one length, so that neither length nor content shows in the time it takes. */
function areEqual(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
