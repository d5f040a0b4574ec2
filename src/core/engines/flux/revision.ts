import { known, refused, shown, type Outcome } from './outcome.ts'

/** `main@sha1:...`: where the source looked, and the commit that it found. */
export interface SourceRevision {
  /** '' where the revision is the commit alone. */
  readonly name: string
  /** A full id, lower case. */
  readonly commit: string
}

const form = /^(?:(?<name>.+)@)?(?:sha1:(?<short>[0-9a-f]{40})|sha256:(?<long>[0-9a-f]{64}))$/

/** A name may hold an @, so that the last one counts. */
export function parseRevision(text: string): Outcome<SourceRevision> {
  const { name = '', short, long } = form.exec(text)?.groups ?? {}
  const commit = short ?? long
  if (commit === undefined) return refused(`${shown(text)} names no full commit id`)
  return known({ name, commit })
}
