import { allowReasons, denyReasons } from '../decision/reasons.ts'
import {
  comparePositions,
  parsePosition,
  positionText,
  type DecisionFacts,
  type Position,
  type Verdict,
} from './decision-facts.ts'
import { addressOf, readQuery } from './query.ts'

/** Which decisions a page is about. */
export interface DecisionFilter {
  /** A part of the username. */
  readonly user: string | undefined
  /** A part of `deployments.apps pay/api`. */
  readonly object: string | undefined
  readonly reason: string | undefined
  /** The first digits of a commit. */
  readonly commit: string | undefined
  readonly verdict: Verdict | undefined
  /** Only what is older than this. */
  readonly before: Position | undefined
  /** Look in all record files, and not only among the newest. */
  readonly isDeep: boolean
}

export const reasons: readonly string[] = [...allowReasons, ...denyReasons]
export const verdicts: readonly Verdict[] = ['allow', 'deny', 'would-deny']

const names = ['user', 'object', 'reason', 'commit', 'answer', 'before', 'in'] as const

export type ReadFilter =
  | { readonly kind: 'good'; readonly filter: DecisionFilter }
  | { readonly kind: 'bad'; readonly problems: readonly string[] }

export function readFilter(given: Iterable<readonly [string, string]>): ReadFilter {
  const query = readQuery(given, names)
  const text = query.text
  const [reason, commit, answer] = [text('reason'), text('commit')?.toLowerCase(), text('answer')]
  const [before, place] = [text('before'), text('in')]
  const verdict = verdicts.find((one) => one === answer)
  const position = before === undefined ? undefined : parsePosition(before)
  const problems = [
    ...query.problems,
    ...complain(reason, (one) => reasons.includes(one), 'there is no such reason'),
    ...complain(commit, (one) => /^[0-9a-f]{4,64}$/.test(one), 'a commit is 4 to 64 hex digits'),
    ...complain(answer, () => verdict !== undefined, `answer is one of ${verdicts.join(', ')}`),
    ...complain(before, () => position !== undefined, 'before is no place among the decisions'),
    ...complain(place, (one) => one === 'files', 'in is files, or nothing'),
  ]
  if (problems.length > 0) return { kind: 'bad', problems }
  const filter: DecisionFilter = {
    user: text('user'),
    object: text('object'),
    reason,
    commit,
    verdict,
    before: position,
    isDeep: place === 'files',
  }
  return { kind: 'good', filter }
}

function complain(
  value: string | undefined,
  isGood: (value: string) => boolean,
  problem: string,
): readonly string[] {
  return value === undefined || isGood(value) ? [] : [problem]
}

export const everything: DecisionFilter = {
  user: undefined,
  object: undefined,
  reason: undefined,
  commit: undefined,
  verdict: undefined,
  before: undefined,
  isDeep: false,
}

export function matches(filter: DecisionFilter, facts: DecisionFacts): boolean {
  return tests.every((test) => test(filter, facts))
}

type Test = (filter: DecisionFilter, facts: DecisionFacts) => boolean

const tests: readonly Test[] = [
  ({ reason }, facts) => reason === undefined || facts.reason === reason,
  ({ verdict }, facts) => verdict === undefined || facts.verdict === verdict,
  ({ commit }, { git }) => commit === undefined || (git?.commit ?? '').startsWith(commit),
  ({ user }, facts) => contains(facts.user, user),
  ({ object }, facts) => contains(facts.object, object),
  ({ before }, facts) => before === undefined || comparePositions(facts, before) < 0,
]

function contains(text: string, part: string | undefined): boolean {
  return part === undefined || text.toLowerCase().includes(part.toLowerCase())
}

/** What every line of a record that matches has in it: most lines are told by that, unparsed. */
export function needleOf({ reason, commit }: DecisionFilter): string {
  if (commit !== undefined) return commit
  return reason === undefined ? '' : `"${reason}"`
}

export function decisionsAddress(filter: Partial<DecisionFilter>): string {
  const { user, object, reason, commit, verdict, before, isDeep = false } = filter
  return addressOf('/decisions', [
    ['user', user],
    ['object', object],
    ['reason', reason],
    ['commit', commit],
    ['answer', verdict],
    ['before', before === undefined ? undefined : positionText(before)],
    ['in', isDeep ? 'files' : undefined],
  ])
}
