import { momentOf } from '../breakglass/moment.ts'
import { postMortemFacts, type PostMortemFacts } from '../breakglass/narrative-facts.ts'
import { listAt, textsAt, toUseFacts, type UseFacts } from '../breakglass/narrative-uses.ts'
import { toPostMortem } from '../breakglass/post-mortem.ts'
import { at, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { isWithin, type Period } from './period.ts'

/** Objects of a cluster, or of files exported from it. */
export interface GlassSource {
  readonly grants: readonly JsonObject[]
  readonly postMortems: readonly JsonObject[]
  readonly approvals: readonly JsonObject[]
}

export interface ReportedUse extends UseFacts {
  readonly inPeriod: boolean
  readonly hasRecord: boolean
  /** From the write until Git had caught up with it; null while it is open. */
  readonly secondsOpen: number | null
}

export interface ReportedApproval {
  readonly by: string
  readonly group: string
  /** RFC 3339; null where only the name is left. */
  readonly at: string | null
  /** Whether the grant became active by it. */
  readonly counted: boolean
  readonly byHolder: boolean
}

/** One grant with its post-mortem, as they stand when the report is made. */
export interface ReportedGrant extends Omit<PostMortemFacts, 'uses' | 'approvers' | 'name'> {
  /** Name of the PostMortem; null without one. */
  readonly postMortem: string | null
  readonly createdAt: string | null
  readonly createdInPeriod: boolean
  readonly approvalsWanted: number
  readonly approvals: readonly ReportedApproval[]
  /** As the grant has it; null where the grant is gone. */
  readonly scope: readonly Json[] | null
  readonly narrowedBy: readonly string[]
  readonly maxUses: number | null
  readonly revokedBy: string | null
  readonly uses: readonly ReportedUse[]
  /** From the creation to the activation, to the resolution of the last use, and to the end of the review. */
  readonly secondsToActivate: number | null
  readonly secondsToResolve: number | null
  readonly secondsToClose: number | null
}

/**
 * Grants that were created before the end of the period and were not yet over at its beginning: in the
 * order of their creation. `recorded`: ids of decisions that the records know under break-glass.
 */
export function grantsIn(
  source: GlassSource,
  period: Period,
  recorded: ReadonlySet<string>,
): readonly ReportedGrant[] {
  const names = new Set([
    ...source.grants.map(nameOf),
    ...source.postMortems.map((one) => stringAt(one, 'spec', 'grant') ?? ''),
  ])
  return Array.from(names, (name) => grantOf(name, source, { period, recorded }))
    .filter((grant) => isOfPeriod(grant, period))
    .toSorted((a, b) => timeOf(a.createdAt) - timeOf(b.createdAt) || (a.grant < b.grant ? -1 : 1))
}

interface Against {
  readonly period: Period
  readonly recorded: ReadonlySet<string>
}

function grantOf(name: string, source: GlassSource, against: Against): ReportedGrant {
  const grant = source.grants.find((one) => nameOf(one) === name)
  const postMortem = source.postMortems.find((one) => stringAt(one, 'spec', 'grant') === name)
  const {
    name: _name,
    approvers,
    ...facts
  } = postMortemFacts(postMortem ?? { spec: { grant: name }, status: statusFrom(grant) }, grant)
  const createdAt = stringAt(grant, 'metadata', 'creationTimestamp') ?? facts.openedAt
  const status = at(grant, 'status')
  const stored = listAt(status, 'uses')
  const uses = stored.length > 0 ? stored.map(toUseFacts) : facts.uses
  const scope = at(status, 'scope')
  const [wanted, most] = [at(status, 'approvalsWanted', 'required'), at(status, 'maxUses')]
  return {
    ...facts,
    postMortem: postMortem === undefined ? null : nameOf(postMortem),
    createdAt,
    createdInPeriod: isWithin(momentOf(createdAt ?? undefined), against.period),
    approvalsWanted: typeof wanted === 'number' ? wanted : 0,
    approvals: approvalsOf({ name, grant, approvers, holder: facts.holder }, source.approvals),
    scope: Array.isArray(scope) ? (scope as readonly Json[]) : null,
    narrowedBy: textsAt(status, 'narrowedBy'),
    maxUses: typeof most === 'number' ? most : null,
    revokedBy: stringAt(grant, 'spec', 'revoked', 'by') ?? null,
    uses: uses.map((use) => toReportedUse(use, against)),
    secondsToActivate: seconds(createdAt, facts.activatedAt),
    secondsToResolve: seconds(createdAt, facts.resolvedAt),
    secondsToClose: seconds(createdAt, facts.closedAt),
  }
}

function statusFrom(grant: JsonObject | undefined): JsonObject {
  return grant === undefined ? {} : toPostMortem(grant).status
}

function toReportedUse(use: UseFacts, { period, recorded }: Against): ReportedUse {
  return {
    ...use,
    inPeriod: isWithin(momentOf(use.time), period),
    hasRecord: recorded.has(use.decisionId),
    secondsOpen: seconds(use.time, use.resolution?.at ?? null),
  }
}

interface Approved {
  readonly name: string
  readonly grant: JsonObject | undefined
  /** What is left of approvals when the grant is gone. */
  readonly approvers: readonly string[]
  readonly holder: string | null
}

function approvalsOf(
  { name, grant, approvers, holder }: Approved,
  objects: readonly JsonObject[],
): readonly ReportedApproval[] {
  const stored = listAt(at(grant, 'status'), 'approvals').map((one) => ({
    by: stringAt(one, 'by') ?? '',
    group: stringAt(one, 'group') ?? '',
    at: stringAt(one, 'at') ?? null,
    counted: true,
  }))
  const counted =
    stored.length > 0 ? stored : approvers.map((by) => ({ by, group: '', at: null, counted: true }))
  const others = objects
    .filter((one) => stringAt(one, 'spec', 'grant') === name)
    .map((one) => ({
      by: stringAt(one, 'spec', 'by') ?? '',
      group: stringAt(one, 'spec', 'group') ?? '',
      at: stringAt(one, 'metadata', 'creationTimestamp') ?? null,
      counted: false,
    }))
    .filter(({ by }) => !counted.some((one) => one.by === by))
  return [...counted, ...others].map((one) => ({ ...one, byHolder: one.by === holder }))
}

function isOfPeriod(grant: ReportedGrant, { from, to }: Period): boolean {
  const { createdAt, closedAt, createdInPeriod, postMortem, uses } = grant
  if (timeOf(createdAt) >= to) return false
  if (createdInPeriod || uses.some(({ inPeriod }) => inPeriod)) return true
  const isOpen = uses.some(({ resolution }) => resolution === null)
  const closed = momentOf(closedAt ?? undefined)
  return postMortem === null ? isOpen : closed === undefined || closed >= from
}

function nameOf(object: JsonObject): string {
  return stringAt(object, 'metadata', 'name') ?? ''
}

function timeOf(time: string | null): number {
  return momentOf(time ?? undefined) ?? 0
}

function seconds(from: string | null, to: string | null): number | null {
  const [begin, end] = [momentOf(from ?? undefined), momentOf(to ?? undefined)]
  return begin === undefined || end === undefined ? null : Math.round((end - begin) / 1000)
}
