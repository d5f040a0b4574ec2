/** What an event may carry: references, numbers, reasons. Objects and bodies never. */
type FieldValue = string | number | boolean | null | undefined | readonly string[] | Error
export type Fields = Readonly<Record<string, FieldValue>>

export type Redacted = string | number | boolean | null | readonly string[] | ErrorFacts

/** What is left of an error in a log line. */
export interface ErrorFacts {
  readonly type: string
  readonly code?: string
  /** HTTP status of a failed API call, instead of its message, which holds the response body. */
  readonly status?: number
  readonly message?: string
  readonly at?: readonly string[]
  readonly cause?: ErrorFacts
}

const hidden = '[redacted]'
const longestText = 1024
const longestList = 20
const deepestCause = 4
const framesShown = 8

/** Whole words of a field's name, so that `tokenFile` (a path) passes and `gitToken` does not. */
const secretName =
  /(?:^|[_.-])(?:token|secret|password|passphrase|authorization|cookie|jwt|credential|signature|body|object|oldobject|data|stringdata|privatekey|keypem)$/

/** Secrets by their own form, wherever they stand in a text. */
const secretForms: readonly (readonly [RegExp, string])[] = [
  // The end may be cut off or missing: all the rest of the text is the key.
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, hidden],
  [/\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g, hidden],
  [/\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${hidden}`],
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, `$1${hidden}@`],
  [/([?&](?:access_token|token|key|sig|signature|secret|password)=)[^&\s"']+/gi, `$1${hidden}`],
]

/** The fields as they may be written: what looks like a secret is hidden, what is long is cut. */
export function redact(fields: Fields): Record<string, Redacted> {
  const clean: Record<string, Redacted> = Object.create(null) as Record<string, Redacted>
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) clean[name] = isSecretName(name) ? hidden : redactValue(value)
  }
  return clean
}

export function redactText(text: string): string {
  // Cut twice: no pattern sees a text without bounds, and no cut leaves the head of a secret.
  let clean = text.slice(0, longestText * 4)
  for (const [form, replacement] of secretForms) clean = clean.replace(form, replacement)
  return clean.length <= longestText ? clean : `${clean.slice(0, longestText - 1)}…`
}

/** Type, code, message, where from, and the causes; of a failed API call only its status. */
export function describeError(error: unknown, depth = 0): ErrorFacts {
  if (!(error instanceof Error)) return { type: typeof error }
  const { cause, code } = error as { readonly cause?: unknown; readonly code?: unknown }
  const isApiCall = typeof code === 'number'
  return {
    type: redactText(error.name),
    ...(typeof code === 'string' ? { code: redactText(code) } : {}),
    ...(isApiCall ? { status: code } : { message: redactText(error.message) }),
    at: framesOf(error),
    ...(cause !== undefined && depth < deepestCause
      ? { cause: describeError(cause, depth + 1) }
      : {}),
  }
}

function isSecretName(name: string): boolean {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
  return secretName.test(words) || secretName.test(name.toLowerCase())
}

function redactValue(value: Exclude<FieldValue, undefined>): Redacted {
  if (typeof value === 'string') return redactText(value)
  if (value instanceof Error) return describeError(value)
  if (Array.isArray(value)) return redactList(value as readonly unknown[])
  // The types say that nothing else comes here; a caller's cast must not print an object all the same.
  return typeof value === 'object' && value !== null ? hidden : (value as number | boolean | null)
}

function redactList(list: readonly unknown[]): readonly string[] {
  return list
    .slice(0, longestList)
    .map((item) => (typeof item === 'string' ? redactText(item) : hidden))
}

/** Only the lines that name a place: the first ones repeat the message. */
function framesOf(error: Error): readonly string[] {
  return (error.stack ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^at .+:\d+:\d+\)?$/.test(line))
    .slice(0, framesShown)
    .map((line) => redactText(line))
}
