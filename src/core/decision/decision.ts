import type { AllowReason, DenyReason } from './reasons.ts'

export type Mode = 'off' | 'audit' | 'warn' | 'enforce' | 'sealed'

/** What Git showed, for the record. */
export interface Provenance {
  readonly repository: string
  readonly commit: string
  /** `file:line` of the declaration, when level `declared` or above looked for it. */
  readonly path: string | undefined
  readonly evidence: string
}

/** What the rules say, before the scope's mode is applied. */
export type Verdict = {
  /** The exception, writer or grant by which it was decided. */
  readonly rule: string | undefined
  readonly provenance: Provenance | undefined
} & (
  | { readonly kind: 'allow'; readonly reason: AllowReason }
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
}
