import { ownIdentityIn } from '../../decision/own-identity.ts'
import type { Policy } from '../../policy/schema.ts'
import type { ApiEvent } from './api-event.ts'
import { aboutOf, type Changes } from './changes.ts'
import type { ToldWrite } from './findings.ts'
import { namedBy } from './identities.ts'
import type { Ledger } from './ledger.ts'
import { isDryRun, isToldBy, kindOf, outcomeOf, resourceText } from './population.ts'
import { exemptIn, isNothing, routesOf, toTold, type Routed } from './routing.ts'

export interface Period {
  /** Epoch ms. */
  readonly from?: number
  readonly to?: number
}

/** Neither log says where we are installed. */
const ownNamespace = 'solewriter-system'
/** Events beside the period explain records at its edges. */
const beside = 600_000

export interface IntakeOptions {
  readonly period: Period
  readonly policy: Policy | undefined
  readonly ledger: Ledger
  readonly changes: Changes
  /** See joinKeys. */
  readonly keyOf: (decisionId: string) => string
}

/** Counts what an event tells by itself; what has to be compared comes back. */
export function intakeOf(options: IntakeOptions): (event: ApiEvent) => readonly Routed[] {
  const { period, policy, ledger, changes, keyOf } = options
  const named = namedBy(policy)
  const own = ownIdentityIn(ownNamespace)

  const noteChange = (event: ApiEvent, isInside: boolean): void => {
    const about = aboutOf(event.target)
    if (about !== undefined) changes.add(event, about, isInside)
  }

  const takeWrite = (event: ApiEvent, kind: ToldWrite['kind']): readonly Routed[] => {
    const isInside = isWithin(event.receivedAt, period)
    const told = toTold(event, kind, { isInside, named, own })
    if (isInside && isNothing(told)) ledger.counts.refused += 1
    if (told.outcome === 'done') noteChange(event, isInside)
    if (exemptIn(told) === undefined) return routesOf(told, keyOf)
    if (isInside) noteExempt(told, ledger)
    return []
  }

  return (event) => {
    const kind = kindOf(event)
    if (kind === 'read' || !isToldBy(event, kind) || !isNear(event.receivedAt, period)) return []
    const isInside = isWithin(event.receivedAt, period)
    if (isDryRun(event, kind)) {
      if (isInside) ledger.counts.dryRuns += 1
      return []
    }
    if (kind !== 'admission') return takeWrite(event, kind)
    if (outcomeOf(event, kind) === 'done') noteChange(event, isInside)
    return []
  }
}

export function isNear(time: number, period: Period): boolean {
  return isWithin(time, period, beside)
}

function isWithin(time: number, { from, to }: Period, margin = 0): boolean {
  return (from === undefined || time >= from - margin) && (to === undefined || time < to + margin)
}

function noteExempt(told: ToldWrite, { counts, exempt }: Ledger): void {
  if (told.outcome === 'refused' || told.exemption === undefined) return
  counts.exempt += 1
  exempt.add({ ...told.exemption, user: told.username, resource: resourceText(told.target) })
}
