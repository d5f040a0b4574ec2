import type { AdmissionRequest, UserInfo } from '../../../../src/core/admission/request.ts'
import { auditAnnotations } from '../../../../src/core/audit/annotations.ts'
import { chainLine, emptyChain, type ChainHead } from '../../../../src/core/audit/chain.ts'
import { toRecord } from '../../../../src/core/audit/record.ts'
import {
  reconciler,
  type ReconcilerOptions,
} from '../../../../src/core/audit/reconcile/reconcile.ts'
import type { Reconciliation } from '../../../../src/core/audit/reconcile/result.ts'
import type { Entry, Routed } from '../../../../src/core/audit/reconcile/routing.ts'
import type { Group } from '../../../../src/core/audit/reconcile/judge-group.ts'
import type { Decision } from '../../../../src/core/decision/decision.ts'
import { decisionId } from '../../../../src/core/decision/fingerprint.ts'
import type { Json, JsonObject } from '../../../../src/core/manifest/json.ts'
import { configMap, deployer, request } from '../../../fakes/requests.ts'
import { decision } from '../decisions.ts'

// Writes as the API server and our records tell of them. Times are seconds from noon.

const cluster = 'cluster-1'
export const noon = Date.UTC(2026, 7, 23, 12)

export interface Written {
  readonly at: number
  readonly user?: UserInfo
  readonly name?: string
  readonly operation?: AdmissionRequest['operation']
  readonly isAllowed?: boolean
  readonly identity?: Decision['identity']
  readonly changes?: Partial<AdmissionRequest>
}

export interface Told {
  readonly event: JsonObject
  /** The line of the record. */
  readonly line: string
}

/** One process of ours and one API server, which ask and answer each other. */
export class Ground {
  #head: ChainHead
  #count = 0

  constructor(writer = 'pod-0/01K3BOOT') {
    this.#head = emptyChain(writer)
  }

  /** A write that we were asked about, with the changes to its event. */
  asked(written: Written, changes: JsonObject = {}): Told {
    const { line, annotations } = this.record(written)
    return { event: event(written, { annotations, ...changes }), line }
  }

  /** The record alone, and what the API server is told of it. */
  record({ at, isAllowed = true, identity = 'writer', ...written }: Written): {
    line: string
    annotations: JsonObject
  } {
    const asked = requestOf(written)
    const time = noon + at * 1000
    const made = decision(asked, { allowed: isAllowed, identity })
    const id = decisionId(cluster, made.fingerprint, time)
    this.#count += 1
    const record = toRecord({
      request: { ...asked, uid: `uid-${this.#count}` },
      decision: { ...made, id },
      digests: made,
      time: new Date(time).toISOString(),
      cluster,
      latencyMs: 1,
      config: `sha256:${'2'.repeat(64)}`,
      peer: 'AB:CD',
    })
    const appended = chainLine(record, this.#head)
    this.#head = appended.head
    // As an allow is: a denial is recorded behind its answer.
    const said = auditAnnotations(record, isAllowed ? appended : undefined)
    return { line: appended.line, annotations: prefixed(said) }
  }

  /** A line that is about no decision. */
  checkpoint(): string {
    const { line, head } = chainLine({ checkpoint: { seq: this.#head.seq } }, this.#head)
    this.#head = head
    return line
  }
}

let audits = 0

/** As the API server writes it when all is done; the code says that it is stored. */
export function event(written: Written, changes: JsonObject = {}): JsonObject {
  const { resource, namespace, name, subresource, operation, user } = requestOf(written)
  const received = noon + written.at * 1000
  audits += 1
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: `audit-${audits}`,
    stage: 'ResponseComplete',
    requestURI: `/api/v1/namespaces/${namespace}/${resource.resource}`,
    verb: verbs[operation],
    user: toUser(user),
    sourceIPs: ['10.0.0.1'],
    objectRef: {
      resource: resource.resource,
      namespace,
      name,
      ...(resource.group === '' ? {} : { apiGroup: resource.group }),
      apiVersion: resource.version,
      ...(subresource === '' ? {} : { subresource }),
    },
    responseStatus: { metadata: {}, code: operation === 'CREATE' ? 201 : 200 },
    requestReceivedTimestamp: timeText(received - 5),
    stageTimestamp: timeText(received + 5),
    ...changes,
  }
}

/** What the API server itself does every ten seconds, so that no log is silent. */
export function heartbeats(from: number, to: number): readonly JsonObject[] {
  const count = Math.floor((to - from) / 10) + 1
  return Array.from({ length: count }, (_, i) => event({ at: from + i * 10 }, { verb: 'get' }))
}

export const failure = (code: number, message = 'no'): JsonObject => ({
  metadata: {},
  status: 'Failure',
  message,
  reason: 'x',
  code,
})

export const callFailed = failure(
  500,
  'Internal error occurred: failed calling webhook "writes.solewriter.dev": EOF',
)

export const failedOpen: JsonObject = {
  'failed-open.validating.webhook.admission.k8s.io/round_0_index_0': 'writes.solewriter.dev',
}

/** Everything at once, as the command does it with files. */
export function reconciled(
  records: readonly (string | undefined)[],
  events: readonly (Json | undefined)[],
  options: ReconcilerOptions = {},
): Reconciliation {
  const joined = reconciler(options)
  const routes: Routed[] = []
  const steps = [
    () => {
      for (const text of records) {
        routes.push(...joined.addRecord(text ?? '', text === undefined ? undefined : parse(text)))
      }
    },
    () => {
      for (const one of events) routes.push(...joined.addEvent(one, 'log'))
    },
  ]
  // Either comes first when the cluster is known.
  for (const step of options.cluster === undefined ? steps : steps.toReversed()) step()
  const left: Routed[] = routes.filter(({ round }) => round === 'kinds')
  for (const group of groupsOf(routes.filter(({ round }) => round === 'requests'))) {
    left.push(...joined.judge(group))
  }
  for (const group of groupsOf(left)) joined.judgeLeft(group)
  return joined.result()
}

function groupsOf(routes: readonly Routed[]): readonly Group[] {
  const entries = (kept: readonly Routed[]): readonly Entry[] => kept.map(({ entry }) => entry)
  return [...Map.groupBy(routes, ({ key }) => key).values()].map((kept) => ({
    told: entries(kept).flatMap((entry) => (entry.kind === 'told' ? [entry.told] : [])),
    records: entries(kept).flatMap((entry) => (entry.kind === 'record' ? [entry.record] : [])),
  }))
}

const verbs = { CREATE: 'create', UPDATE: 'update', DELETE: 'delete', CONNECT: 'create' } as const

function requestOf(written: Omit<Written, 'at'>): AdmissionRequest {
  const { user = deployer, name = 'settings', operation = 'CREATE', changes = {} } = written
  const object = operation === 'DELETE' ? null : { ...configMap(), data: { of: name } }
  return request({ user, name, operation, object, ...changes })
}

function toUser({ username, uid, groups, extra }: UserInfo): JsonObject {
  return { username, uid, groups, extra: Object.fromEntries(extra) as JsonObject }
}

function prefixed(said: Readonly<Record<string, string>>): JsonObject {
  const entries = Object.entries(said)
  return Object.fromEntries(entries.map(([key, value]) => [`writes.solewriter.dev/${key}`, value]))
}

/** With microseconds, as it comes. */
function timeText(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z')
}

function parse(text: string): Json {
  return JSON.parse(text) as Json
}
