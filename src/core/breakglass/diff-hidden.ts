import type { FieldPattern } from '../manifest/field-path.ts'
import type { Json } from '../manifest/json.ts'

/** Why a value is not told: it may be secret, or it is no single short one. */
export type Hidden = 'Confidential' | 'Document'

/** A field of a kind of objects. */
export interface Place {
  readonly group: string
  /** Plural. */
  readonly resource: string
  readonly field: FieldPattern
}

const longest = 256

/**
 * Post-mortems are read by many and end up in Git, so what could be secret is not told: nothing of a
 * Secret; of programs neither arguments nor environment; nothing that is called like a secret, or looks
 * like one. Undefined for what may be told.
 */
export function whyHidden(place: Place, value: Json): Hidden | undefined {
  if (isSecret(place)) return 'Confidential'
  if (value === null || typeof value === 'boolean') return undefined
  if (startsProgram(place.field) || isNamedSecret(place.field)) return 'Confidential'
  if (typeof value === 'object') return isEmpty(value) ? undefined : 'Document'
  return typeof value === 'string' ? whyTextHidden(value) : undefined
}

/** Its type, sizes and all: what is not told cannot be told by mistake. Others have such kinds, too. */
function isSecret({ resource }: Place): boolean {
  return /secret|credential|token/.test(resource)
}

const programs: ReadonlySet<string> = new Set(['command', 'args'])
const environment = /^(?:extra)?env(?:ironment)?(?:vars?|variables)?$/i

function startsProgram(field: FieldPattern): boolean {
  const keys = keysOf(field)
  if (keys.some((key) => programs.has(key))) return true
  const isBelow = keys.slice(0, -1).some((key) => environment.test(key))
  // Where a variable comes from is no value.
  return isBelow && keys.at(-1) !== 'name' && !keys.includes('valueFrom')
}

/** Fields of Kubernetes that name a Secret, or no secret at all. */
const plainFields: ReadonlySet<string> = new Set([
  'imagePullSecrets',
  'matchLabelKeys',
  'mismatchLabelKeys',
  'secretKeyRef',
  'secretName',
  'secretRef',
  'topologyKey',
])

const tellingParts =
  /passw|passphrase|passcode|secret|token|credential|authorization|cookie|apikey|accesskey|privatekey|connectionstring|connstr/
const tellingWords: ReadonlySet<string> = new Set(
  'auth cred creds dsn jwt licence license otp pass pgpass pin private pw pwd salt'.split(' '),
)

function isNamedSecret(field: FieldPattern): boolean {
  const keys = keysOf(field)
  const last = keys.at(-1)
  if (last !== undefined && plainFields.has(last)) return false
  const name = last === 'value' ? nameOfPair(field) : ''
  return name === undefined || [...keys, name].some(soundsSecret)
}

/**
 * Of a value beside its name: elsewhere the name of an item says nothing of what is below. Undefined
 * where nobody knows it, so that it may be any.
 */
function nameOfPair(field: FieldPattern): string | undefined {
  const item = field.at(-2)
  if (item?.kind === 'any') return undefined
  return item?.kind === 'item' ? item.value : ''
}

function soundsSecret(name: string): boolean {
  if (plainFields.has(name)) return false
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
  if (tellingParts.test(words.join(''))) return true
  if (words.some((word) => tellingWords.has(word))) return true
  // `key` by itself is a word of Kubernetes.
  return words.length > 1 && words.some((word) => word === 'key' || word === 'keys')
}

/** Secrets by their own form, wherever they stand in a text. */
const forms: readonly RegExp[] = [
  /-----BEGIN /,
  /\beyJ[\w-]{8,}/,
  /\b(?:bearer|basic)\s+[\w.~+/=-]{6,}/i,
  /:\/\/(?!git@)[^\s/@]+@/,
  /(?:pass\w*|pwd|secret\w*|token\w*|key|sig\w*|credential\w*|auth\w*)\s*[=:]\s*\S/i,
  /\b(?:AKIA|ASIA|AIza|gh[opsu]_|github_pat_|glpat-|xox[abeprs]-|sk[-_]|hvs\.|npm_|ya29\.)\w/,
]

function whyTextHidden(text: string): Hidden | undefined {
  if (forms.some((form) => form.test(text.slice(0, 4 * longest)))) return 'Confidential'
  const isOneLine = text.length <= longest && !/[\n\r]/.test(text) && text.isWellFormed()
  // Nobody looks into what is written in another language.
  if (!isOneLine || /^\s*[{[<]/.test(text)) return 'Document'
  return isRandom(text) ? 'Confidential' : undefined
}

/** Digests and commits are what Git is about, and no secrets. */
function isRandom(text: string): boolean {
  const runs = text.replaceAll(/\bsha(?:256|512):[0-9a-f]+/g, '').match(/[\w+/=-]{20,}/g) ?? []
  return runs.some((run) => {
    if (/^[0-9a-f]{20,}$/i.test(run)) return run.length !== 40
    return /[a-z]/.test(run) && /[A-Z]/.test(run) && /[0-9]/.test(run)
  })
}

function keysOf(field: FieldPattern): readonly string[] {
  return field.flatMap((step) => (step.kind === 'key' ? [step.key] : []))
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0
}
