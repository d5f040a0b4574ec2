/**
 * Everything that can go wrong, as a closed list; docs/errors.md explains each code and a test
 * holds the two equal. A denial is not an error: it is a Decision.
 */
export const errorCodes = [
  'AuditWriteFailed',
  'BodyTooLarge',
  'CertificateInvalid',
  'CertificateUnreadable',
  'ClusterUnreachable',
  'DeadlineExceeded',
  'GitFailed',
  'GitTimedOut',
  'GitOutputTooLarge',
  'ManifestInvalid',
  'MirrorCorrupt',
  'PolicyInvalid',
  'PolicyUnreadable',
  'RenderFailed',
  'ReviewMalformed',
  'SettingsInvalid',
  'Internal',
] as const

export type ErrorCode = (typeof errorCodes)[number]

/** A failure with a code from the list. Messages never hold Secret values, tokens or bodies. */
export class GuardError extends Error {
  override readonly name = 'GuardError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}
