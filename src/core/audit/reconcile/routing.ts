import type { OwnIdentity } from '../../decision/own-identity.ts'
import type { ApiEvent } from './api-event.ts'
import { exemptionOf, type Exemption } from './exemption.ts'
import type { ToldWrite } from './findings.ts'
import type { NamedBy } from './identities.ts'
import { isOwnWork } from './own-work.ts'
import { isCollection, operationOf, outcomeOf, resourceText, type Outcome } from './population.ts'
import type { RecordFacts } from './record-facts.ts'

/**
 * Where something waits for what it is to be compared with. `requests` share a request; `kinds` are
 * by user, resource and namespace, where the id of a decision did not reach the API server.
 */
export interface Routed {
  readonly round: 'requests' | 'kinds'
  readonly key: string
  readonly entry: Entry
}

export type Entry =
  | { readonly kind: 'told'; readonly told: ToldWrite }
  | { readonly kind: 'record'; readonly record: RecordFacts }

export function toTold(
  event: ApiEvent,
  kind: ToldWrite['kind'],
  { isInside, named, own }: ToldAs,
): ToldWrite {
  const { user, impersonator, ours, answer } = event
  const operation = operationOf(event, kind)
  const exemption = ours === undefined ? exemptionOf(event, operation) : undefined
  const name = impersonator === undefined ? undefined : named(user)
  return {
    auditId: event.auditId,
    received: event.received,
    receivedAt: event.receivedAt,
    endedAt: event.endedAt,
    verb: event.verb,
    kind,
    operation,
    outcome: outcomeOf(event, kind),
    code: answer.code,
    username: user.username,
    ...(impersonator === undefined ? {} : { impersonator }),
    ...(name === undefined ? {} : { named: name }),
    target: event.target,
    ...ours,
    hasFailedOpen: event.hasFailedOpen,
    isForbidden: event.isForbidden,
    ...(exemption === undefined ? {} : { exemption }),
    ...(answer.items === undefined ? {} : { items: answer.items }),
    sourceIps: event.sourceIps,
    ...(ours === undefined && isOwnWork(event, operation, own) ? { isOwn: true } : {}),
    isInside,
  }
}

interface ToldAs {
  readonly isInside: boolean
  readonly named: NamedBy
  /** Who we are there. */
  readonly own: OwnIdentity
}

/** An exempt write that nobody pretended to be somebody for: there is nothing to compare it with. */
export function exemptIn(told: ToldWrite): Exemption | undefined {
  return told.named === undefined ? told.exemption : undefined
}

export function routesOf(told: ToldWrite, keyOf: (id: string) => string): readonly Routed[] {
  const entry: Entry = { kind: 'told', told }
  const key =
    told.decisionId === undefined ? `audit ${told.auditId}` : `id ${keyOf(told.decisionId)}`
  const routes: Routed[] = isNothing(told) ? [] : [{ round: 'requests', key, entry }]
  if (mayExplain(told)) routes.push({ round: 'kinds', key: kindKey(told), entry })
  return routes
}

export function routeOf(record: RecordFacts, keyOf: (id: string) => string): Routed {
  const entry: Entry = { kind: 'record', record }
  return { round: 'requests', key: `id ${keyOf(record.decisionId)}`, entry }
}

export function leftRoute(record: RecordFacts): Routed {
  return { round: 'kinds', key: kindKey(record), entry: { kind: 'record', record } }
}

/** Refused by others, without us. */
export function isNothing(told: ToldWrite): boolean {
  if (told.decisionId !== undefined || told.outcome !== 'refused') return false
  return told.isForbidden || !isCollection(told)
}

const notHeard: ReadonlySet<Outcome> = new Set(['refused', 'unsure'])

/** Whether we may have decided about it without the API server hearing of it. */
function mayExplain(told: ToldWrite): boolean {
  if (told.isForbidden) return false
  if (isCollection(told)) return true
  return told.decisionId === undefined && (told.hasFailedOpen || notHeard.has(told.outcome))
}

function kindKey({ username, target }: Pick<ToldWrite, 'username' | 'target'>): string {
  // The namespace of a Namespace is told in two ways.
  const namespace = target.resource === 'namespaces' ? '' : target.namespace
  return [username, resourceText(target), namespace].join('\n')
}
