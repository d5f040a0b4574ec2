export interface WatchedKind {
  readonly group: string
  readonly kind: string
}

/** How the watch of one kind stands, for people and metrics. */
export interface WatchState {
  /** `Application.argoproj.io` */
  readonly name: string
  /** Undefined while nobody knows. */
  readonly isServed: boolean | undefined
  /** Whether all objects were listed once; what is not served has none. */
  readonly isSynced: boolean
  readonly objects: number
  /** Epoch ms of the last sign of the API server; undefined before the first one. */
  readonly heardAt: number | undefined
  /** Epoch ms from when on changes may have been missed; undefined while the watch is open. */
  readonly blindSince: number | undefined
  /** Why it is not as it should be. */
  readonly problem: string | undefined
}

export interface WatchTiming {
  /** The API server is asked to end each watch after that long, or half as long again. */
  readonly watchMs: number
  /** A watch that it has not ended so much later is dead. */
  readonly graceMs: number
  /** One that lasted so long has not failed. */
  readonly healthyMs: number
  readonly firstDelayMs: number
  readonly longestDelayMs: number
}

/**
 * A dead connection shows by the end of the watch that does not come: bookmarks come about every
 * minute, but nobody promises them. Until then a live read helps whoever needs to know.
 */
export const watchTiming: WatchTiming = {
  watchMs: 120_000,
  graceMs: 15_000,
  healthyMs: 10_000,
  firstDelayMs: 500,
  longestDelayMs: 15_000,
}

export function kindName({ group, kind }: WatchedKind): string {
  return `${kind}.${group}`
}
