import { refuted, type Refutation, type Sourced } from './proof.ts'

/** Why a mirror proves nothing: its last good fetch is too long ago, or never was. */
export function staleness({ settings, mirror }: Sourced, now: number): Refutation | undefined {
  const fetchedAt = mirror.fetchedAt()
  if (fetchedAt !== undefined && now - fetchedAt <= settings.maxStaleness) return undefined
  const minutes = Math.floor(settings.maxStaleness / 60_000)
  const why = `the last good fetch of ${settings.name} is older than ${minutes} minutes`
  return refuted('MirrorStale', `${why}, so nothing can be proved`)
}
