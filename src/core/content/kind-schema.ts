import type { Position } from './position.ts'

/** What the API server serves of one version of a kind. */
export interface KindSchema {
  /** Of the whole object. */
  readonly position: Position
  /** Whether a status is none of a request's business: the kind has a subresource for it. */
  readonly keepsStatus: boolean
}
