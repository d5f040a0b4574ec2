import { isNamedByTable } from '../exceptions/reach.ts'
import { breakGlass } from './break-glass-row.ts'
import type { Case } from './case.ts'
import { derived } from './derived-row.ts'
import { humanMessage } from './human-message.ts'
import { ownObject } from './own-object.ts'
import { protectedObject } from './protected.ts'
import type { Verdict } from './decision.ts'
import { allow, deny, type Row } from './row.ts'
import { writerRow } from './writer-row.ts'

/** Never desired state: happenings, and questions that look like writes. */
export const neverDesired: ReadonlySet<string> = new Set([
  'events',
  'events.events.k8s.io',
  'tokenreviews.authentication.k8s.io',
  'selfsubjectreviews.authentication.k8s.io',
  'subjectaccessreviews.authorization.k8s.io',
  'selfsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectrulesreviews.authorization.k8s.io',
  'localsubjectaccessreviews.authorization.k8s.io',
])

const outOfScope: Row = ({ scope, resource }: Case) =>
  scope.mode === 'off' || neverDesired.has(resource) ? allow('OutOfScope', undefined) : undefined

const sealed: Row = (one: Case) =>
  one.scope.mode === 'sealed' && one.namespace !== one.own.namespace ? judgeSealed(one) : undefined

async function judgeSealed(one: Case): Promise<Verdict | undefined> {
  const match = await one.exception()
  if (match.kind === 'covered' && match.origin === 'built-in') return undefined
  return deny('Sealed', `${one.title} is sealed: nothing but the control plane writes there.`)
}

const exception: Row = async (one: Case) => {
  const match = await one.exception()
  return match.kind === 'covered' ? allow('Exception', match.rule) : undefined
}

/** An exception of the policy that reaches elsewhere makes nobody less of a human here. */
const unchanged: Row = ({ who, request, changes }: Case) => {
  const isHuman = who.kind !== 'writer' && !isNamedByTable(request)
  return changes.areNone(isHuman) ? allow('NoDesiredStateChange', undefined) : undefined
}

const human: Row = async (one: Case) => deny('HumanWrite', await humanMessage(one))

/** The decision table: the first row that answers wins; the last one always does. */
export const rows: readonly Row[] = [
  ownObject,
  protectedObject,
  outOfScope,
  sealed,
  exception,
  unchanged,
  derived,
  writerRow,
  breakGlass,
  human,
]
