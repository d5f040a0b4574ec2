// What a grant may do, in the words of docs/break-glass.md and without a line of src.

export interface ModelGrant {
  readonly maxUses: number
  /** Epoch ms, by the clock of the API server. */
  readonly expiresAt: number
  isEnded: boolean
  /** Writes that were admitted. */
  admitted: number
}

/** Clocks of two processes on one machine, and the time that a request is under way. */
const fuzzMs = 1500

/**
 * How many of so many writes at once are admitted, at least and at most: they differ only around the
 * moment at which the grant runs out.
 */
export function admits(
  grant: ModelGrant,
  writes: number,
  { from, to }: { readonly from: number; readonly to: number },
): { readonly least: number; readonly most: number } {
  const left = grant.isEnded ? 0 : Math.min(writes, grant.maxUses - grant.admitted)
  return {
    least: to < grant.expiresAt - fuzzMs ? left : 0,
    most: from > grant.expiresAt + fuzzMs ? 0 : left,
  }
}
