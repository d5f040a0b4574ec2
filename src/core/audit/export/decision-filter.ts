import { momentOf } from '../../breakglass/moment.ts'
import { objectText, resourceText, type RecordedDecision } from './recorded-decision.ts'

/** Which decisions are meant; what is undefined leaves none out. */
export interface DecisionFilter {
  /** Ids in capital letters. */
  readonly ids?: readonly string[]
  readonly user?: string | undefined
  /** `NAMESPACE/NAME`, or a name in any. */
  readonly object?: string | undefined
  /** `deployments`, `deployments.apps`, with a subresource or for all of them. */
  readonly resource?: string | undefined
  readonly reason?: string | undefined
  /** The beginning of an id. */
  readonly commit?: string | undefined
  readonly grant?: string | undefined
  /** Epoch ms; from the first to before the second. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

export function isMeant(one: RecordedDecision, filter: DecisionFilter): boolean {
  return tests.every((test) => test(one, filter))
}

type Test = (one: RecordedDecision, filter: DecisionFilter) => boolean

const tests: readonly Test[] = [
  ({ decisionId }, { ids = [] }) => ids.length === 0 || ids.includes(decisionId),
  (one, { user }) => user === undefined || one.user === user,
  (one, { reason }) => reason === undefined || one.reason === reason,
  ({ git }, { commit }) => commit === undefined || git?.commit.startsWith(commit) === true,
  isOfObject,
  isOfGrant,
  isInTime,
]

function isOfObject(one: RecordedDecision, { object, resource }: DecisionFilter): boolean {
  if (object !== undefined && object !== one.name && object !== objectText(one)) return false
  if (resource === undefined) return true
  const [main = '', sub] = resource.split('/')
  const isSub = sub === undefined || sub === one.sub
  return isSub && (main === one.resource || main === resourceText({ ...one, sub: '' }))
}

/** What was decided by it, and what became of the grant itself. */
function isOfGrant(one: RecordedDecision, { grant }: DecisionFilter): boolean {
  if (grant === undefined || one.rule === grant) return true
  return one.resource === 'breakglassgrants' && one.name === grant
}

function isInTime({ time }: RecordedDecision, { from, to }: DecisionFilter): boolean {
  if (from === undefined && to === undefined) return true
  const moment = momentOf(time)
  return moment !== undefined && moment >= (from ?? -Infinity) && moment < (to ?? Infinity)
}
