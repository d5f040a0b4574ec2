import assert from 'node:assert/strict'
import type {
  Attestation,
  Applied,
  PlansAnswer,
  Write,
} from '../../../../src/core/engines/engine.ts'
import { argoCd } from '../../../../src/core/engines/argo-cd/argo-cd.ts'
import type { JsonObject } from '../../../../src/core/manifest/json.ts'
import type { Plan } from '../../../../src/core/plans/plan.ts'

export const oldCommit = 'a'.repeat(40)
export const newCommit = 'b'.repeat(40)
export const url = 'https://git.example.com/acme/fleet.git'

export const source = { repoURL: url, path: 'apps/web', targetRevision: 'main' }

export interface Parts {
  readonly namespace?: string
  readonly metadata?: JsonObject
  readonly spec?: JsonObject
  readonly operation?: JsonObject | null
  readonly status?: JsonObject
}

/** As Argo CD 3.5 stores it once it has synced the old commit, and sees a new one. */
export function application({ namespace = 'argocd', ...parts }: Parts = {}): JsonObject {
  const { metadata = {}, spec = {}, operation = null, status = {} } = parts
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'web', namespace, uid: 'u1', ...metadata },
    spec: {
      project: 'default',
      source,
      destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' },
      syncPolicy: { automated: { prune: true, selfHeal: true } },
      ...spec,
    },
    ...(operation === null ? {} : { operation }),
    status: {
      sync: { status: 'OutOfSync', revision: oldCommit, comparedTo: { source } },
      history: [{ id: 0, revision: oldCommit, source }],
      ...status,
    },
  }
}

/** An automated sync, as application-controller sets it. */
export function automated(sync: JsonObject = {}): JsonObject {
  return {
    sync: { source, revision: newCommit, prune: true, ...sync },
    initiatedBy: { automated: true },
    retry: { limit: 5 },
  }
}

interface Running extends Parts {
  readonly phase?: string
  /** Set once Argo CD has been through the first wave. */
  readonly result?: JsonObject
}

/** With an operation under way. */
export function running(operation: JsonObject, parts: Running = {}): JsonObject {
  const { phase = 'Running', result, ...rest } = parts
  const operationState = {
    operation,
    phase,
    startedAt: '2026-01-01T00:00:00Z',
    ...(result === undefined ? {} : { syncResult: result }),
  }
  return application({ operation, status: { operationState }, ...rest })
}

export function syncing(sync: JsonObject, parts: Running = {}): JsonObject {
  return running(automated(sync), parts)
}

const kind = argoCd.kinds[0] ?? assert.fail('no kind')

export function plansOf(object: JsonObject): PlansAnswer {
  assert.deepEqual(kind.needs(object), [])
  return kind.plans(object, new Map())
}

export function onlyPlan(object: JsonObject): Plan {
  const answer = plansOf(object)
  if (answer.kind !== 'plans') assert.fail(answer.why)
  assert.equal(answer.plans.length, 1)
  return answer.plans[0]?.plan ?? assert.fail()
}

export function whyNot(object: JsonObject): string {
  const answer = plansOf(object)
  return answer.kind === 'plans' ? assert.fail('it has plans') : `${answer.kind}: ${answer.why}`
}

export function attestation(object: JsonObject, write: Write = 'apply'): Attestation {
  return kind.attest(object, new Map(), write)
}

export function appliedBy(object: JsonObject, write: Write = 'apply'): readonly Applied[] {
  const answer = attestation(object, write)
  return answer.kind === 'applies' ? answer.applied : assert.fail(answer.why)
}

/** `commit b...` or `branch main`, of the only source. */
export function revisionOf(object: JsonObject, write: Write = 'apply'): string {
  const [applied, second] = appliedBy(object, write)
  assert.equal(second, undefined)
  const { revision } = applied ?? assert.fail()
  return revision.kind === 'commit'
    ? `commit ${revision.id}`
    : `branch ${revision.kind === 'branch' ? revision.name : revision.digits}`
}

export function refusalOf(object: JsonObject, write: Write = 'apply'): string {
  const answer = attestation(object, write)
  return answer.kind === 'applies' ? assert.fail('it applies') : `${answer.kind}: ${answer.why}`
}
