import type { Mode } from '../policy/schema.ts'

import type { Provenance } from '../provenance/proof.ts'
import type { AllowReason, DenyReason } from './reasons.ts'

/** What the rules say, before the scope's mode is applied. */
export type Verdict = {
  /** The exception, writer or grant by which it was decided, or the rule that a token breaks. */
  readonly rule: string | undefined
  readonly provenance: Provenance | undefined
} & (
  | {
      readonly kind: 'allow'
      readonly reason: AllowReason
      /** What the user has to know about it. */
      readonly notice?: string
    }
  | {
      readonly kind: 'deny'
      readonly reason: DenyReason
      /** What, why and the way out, without the reason code and the decision id. */
      readonly message: string
      /** Changed or differing field paths to show. */
      readonly paths: readonly string[]
    }
)

/** The answer to one review with everything its record needs. */
export interface Decision {
  readonly id: string
  readonly verdict: Verdict
  readonly mode: Mode
  /** Verdict after mode: under `audit` and `warn` most denials are answered with an allow. */
  readonly allowed: boolean
  readonly identity: 'writer' | 'exception' | 'human' | 'own'
  /** Fields that this request adds, changes or removes, at most 20, never values. */
  readonly changed: readonly string[]
  /** Hash of the policy snapshot that decided. */
  readonly policy: string
  readonly fingerprint: string
  /** Digests of the old and the new object, keyed where values could be guessed. */
  readonly pre: string | undefined
  readonly post: string | undefined
}
