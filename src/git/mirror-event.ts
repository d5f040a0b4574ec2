import type { GuardError } from '../core/errors.ts'

/** What happens to a mirror, for the log, for metrics and for whoever prepares new heads. */
export type MirrorEvent =
  /** The remote was asked; what changed has been told before. */
  | { readonly kind: 'fetched'; readonly milliseconds: number }
  | { readonly kind: 'fetch-failed'; readonly error: GuardError }
  | ({ readonly kind: 'moved' } & BranchMove)
  /** Not empty. Told after the branches that moved at the same visit. */
  | { readonly kind: 'tags-moved'; readonly moves: readonly TagMove[] }
  /** What is on disk cannot be read: it will be replaced by a new clone. */
  | { readonly kind: 'corrupt'; readonly error: GuardError }
  /** A new clone is in place: the first one, or one instead of a corrupt mirror. */
  | { readonly kind: 'ready'; readonly isFirst: boolean }
  | { readonly kind: 'repack-failed'; readonly error: GuardError }

/** A branch has another head. */
export interface BranchMove {
  readonly branch: string
  /** Undefined for a new branch. */
  readonly from: string | undefined
  /** Undefined for a deleted branch. */
  readonly to: string | undefined
  /** A force-push: the old head is not among the ancestors of the new one. */
  readonly isForced: boolean
}

/** A tag stands for something else; the same id twice where a branch came or went that is called the same. */
export interface TagMove {
  readonly tag: string
  /** Undefined for a new tag, and when the tags are asked for the first time. */
  readonly from: string | undefined
  /** Undefined for a deleted tag. */
  readonly to: string | undefined
}
