import { at, type JsonObject } from '../../../../src/core/manifest/json.ts'
import { keyOf, type Told } from '../../../../src/core/breakglass/outbox/event.ts'
import { eventsOf } from '../../../../src/core/breakglass/outbox/events.ts'
import type { Wanted } from '../../../../src/core/breakglass/outbox/deliveries.ts'
import type { Report } from '../../../../src/core/breakglass/outbox/next-delivery.ts'
import { momentText } from '../../../../src/core/breakglass/moment.ts'
import { activeGrant, begin, grantName, minute } from '../../decision/granting.ts'

export { begin, minute }

/** A use as it is stored, so many minutes after the grant was made. */
export function use(n: number, more: JsonObject = {}): JsonObject {
  return {
    n,
    fingerprint: `sha256:${n}`,
    decisionId: `01K${n}`,
    time: momentText(begin + n * minute),
    op: 'UPDATE',
    target: {
      group: 'apps',
      version: 'v1',
      resource: 'deployments',
      subresource: '',
      namespace: 'pay',
      name: 'api',
      uid: 'd1',
    },
    paths: ['spec.replicas'],
    tips: [],
    state: 'Admitted',
    ...more,
  }
}

/** A grant, and its post-mortem if it has one. */
export function telling(
  status: JsonObject = {},
  postMortem?: JsonObject,
  more: { readonly spec?: JsonObject; readonly metadata?: JsonObject } = {},
): Told {
  const grant = activeGrant({ status, ...more })
  const metadata = { resourceVersion: '7', ...grant.metadata }
  return { grant: { ...grant, metadata }, postMortem, now: begin + minute }
}

/** One that nobody has approved. */
export function unapproved(status: JsonObject): Told {
  const { grant } = telling()
  const { activatedAt: _at, expiresAt: _end, ...filled } = at(grant, 'status') as JsonObject
  return {
    grant: { ...grant, status: { ...filled, ...status } },
    postMortem: undefined,
    now: begin,
  }
}

export function postMortem(status: JsonObject = {}, spec: JsonObject = {}): JsonObject {
  const name = grantName.replace('bg-', 'pm-')
  return {
    apiVersion: 'solewriter.dev/v1alpha1',
    kind: 'PostMortem',
    metadata: { name, creationTimestamp: momentText(begin) },
    spec: { grant: grantName, ...spec },
    status: { phase: 'Open', ...status },
  }
}

export function keysOf(told: Told): readonly string[] {
  return eventsOf(told).map(keyOf)
}

export function sinkNamed(name: string, isMandatory = true): Wanted {
  return { name, isMandatory, wants: () => true }
}

export function report(more: Partial<Report> = {}): Report {
  return {
    sink: 'hook',
    isMandatory: true,
    revision: 'r1',
    told: [],
    at: begin + minute,
    random: 0.5,
    ...more,
  }
}

export function withStatus(told: Told, status: JsonObject): Told {
  return { ...told, grant: { ...told.grant, status } }
}
