import type { Provenance } from '../provenance/proof.ts'
import type { Case } from './case.ts'
import type { Verdict } from './decision.ts'
import type { AllowReason, DenyReason } from './reasons.ts'

/** One row of the decision table: a verdict, or undefined to leave it to the next one. */
export type Row = (one: Case) => Verdict | undefined | Promise<Verdict | undefined>

/** A part of row 3: why something is protected, as far as the review itself says. */
export type Guard = (one: Case) => string | undefined

/** The same where the review does not say enough. */
export interface Look {
  readonly isNeeded: (one: Case) => boolean
  readonly why: (one: Case) => Promise<string | undefined>
}

export function allow(
  reason: AllowReason,
  rule: string | undefined,
  provenance?: Provenance,
): Verdict {
  return { kind: 'allow', reason, rule, provenance }
}

export function deny(
  reason: DenyReason,
  message: string,
  rest: { readonly rule?: string | undefined; readonly paths?: readonly string[] } = {},
): Verdict {
  const { rule, paths = [] } = rest
  return { kind: 'deny', reason, message, paths, rule, provenance: undefined }
}

/** What stays a denial in every mode. */
export function forbid({ title }: Pick<Case, 'title'>, why: string): Verdict {
  return deny('Protected', `${title} is protected: ${why}.`)
}
