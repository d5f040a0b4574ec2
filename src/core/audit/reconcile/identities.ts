import type { Policy } from '../../policy/schema.ts'
import { subjectMatches } from '../../policy/subject.ts'
import { rowsNaming } from '../../exceptions/built-in.ts'
import type { EventUser } from './api-event.ts'
import type { NamedAs } from './findings.ts'

/** Whose name is worth borrowing; undefined for everybody else. */
export type NamedBy = (user: EventUser) => NamedAs | undefined

/** `policy` undefined: then records say who is a writer. */
export function namedBy(policy: Policy | undefined): NamedBy {
  return (user) => {
    const writer = policy?.spec.writers.find(({ subject }) => subjectMatches(subject, user))
    // Its engine is meant to bear that name.
    if (writer !== undefined) return writer.impersonated ? undefined : 'writer'
    if (isOfControlPlane(user.username)) return 'control plane'
    const exception = policy?.spec.exceptions.find(
      ({ subject }) => subject.kind !== 'group' && subjectMatches(subject, user),
    )
    return exception === undefined ? undefined : 'exception'
  }
}

/** A row about every service account names nobody. */
function isOfControlPlane(username: string): boolean {
  return rowsNaming(username).some(({ subject }) => subject.kind !== 'service-account')
}

/** Writers that an engine acts for, by name. */
export function impersonatedWriters(policy: Policy | undefined): ReadonlySet<string> {
  const writers = policy?.spec.writers.filter(({ impersonated }) => impersonated) ?? []
  return new Set(writers.map(({ subject }) => subject.username))
}
