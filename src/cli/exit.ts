import type { ErrorCode } from '../core/errors.ts'

export const exit = {
  done: 0,
  /** The answer is no: denied, invalid, drift, a broken chain. */
  no: 1,
  /** The arguments, the configuration or a file that they name cannot be used. */
  usage: 2,
  /** The question was good, and there is no answer to it. */
  unknown: 3,
} as const

/** Arguments that do not go together; what a single one must be, its own parser says. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** What the caller can put right. Everything else that fails is `unknown`. */
const usageCodes: ReadonlySet<ErrorCode> = new Set([
  'BodyTooLarge',
  'CertificateInvalid',
  'ManifestInvalid',
  'PolicyInvalid',
  'PolicyUnreadable',
  'ReviewMalformed',
  'SettingsInvalid',
])

export function exitCodeOf(code: ErrorCode): number {
  return usageCodes.has(code) ? exit.usage : exit.unknown
}
