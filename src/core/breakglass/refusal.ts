/**
 * Why a token is not good: which rule it breaks, for reason TokenRefused. The words never hold the
 * token, nor anything of one whose signature is not checked.
 */
export const tokenRules = [
  'TooLong',
  'Malformed',
  'Header',
  'Algorithm',
  'Type',
  'UnknownIssuer',
  'UnknownKey',
  'Signature',
  'Claims',
  'WrongCluster',
  'WrongUser',
  'Lifetime',
  'NotYetValid',
  'Expired',
  'KeyLimit',
  'Scope',
] as const

export type TokenRule = (typeof tokenRules)[number]

export interface Refusal {
  readonly kind: 'refused'
  readonly rule: TokenRule
  /** For whoever presented the token. */
  readonly message: string
}

export function refuse(rule: TokenRule, message: string): Refusal {
  return { kind: 'refused', rule, message }
}
