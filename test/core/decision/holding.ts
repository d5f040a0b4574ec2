import assert from 'node:assert/strict'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import type { Held } from '../../../src/core/breakglass/held-status.ts'
import { queueing } from '../../../src/core/breakglass/queue.ts'
import { evaluate } from '../../../src/core/decision/evaluate.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { commitA, commitB, commitC, fakeGit, type FakeRepository } from '../../fakes/git.ts'
import type { FakeGrants } from '../../fakes/grants.ts'
import { deployer, request } from '../../fakes/requests.ts'
import { contextWith } from '../breakglass/issuing.ts'
import { circumstances } from './deciding.ts'
import {
  activeGrant,
  begin,
  breakGlassPolicy,
  deployment,
  fakeGrants,
  grantName,
  minute,
  saying,
  scaling,
  scopeRow,
} from './granting.ts'

const id = { group: 'apps', kind: 'Deployment', namespace: 'payments', name: 'api' }
export const marks = (commit: string) => ({
  'solewriter.dev/repo': 'fleet',
  'solewriter.dev/commit': commit,
})
export const says = (replicas: number, more: JsonObject = {}) => [
  { id, object: { apiVersion: 'apps/v1', kind: 'Deployment', spec: { replicas, ...more } } },
]
export const now = begin + 2 * minute
const reachable = { kind: 'reachable', branches: ['main'] } as const

/** A says three replicas; B is somebody else's commit on top of it. */
export const git: FakeRepository = {
  tips: { main: commitA },
  commits: { [commitA]: reachable, [commitB]: reachable, [commitC]: reachable },
  fetchedAt: now,
  declares: { [commitA]: says(3), [commitB]: says(3, { paused: true }), [commitC]: says(4) },
}

const rule = '{subjects: {groups: [sre-oncall]}, maxSession: 1h, maxUses: 10, reconcileHold: 30m}'

export interface Scene {
  readonly repository?: FakeRepository
  readonly verify?: 'content' | 'declared'
  readonly rules?: string
  readonly breakGlass?: string
  readonly mode?: string
  readonly now?: number
  readonly onHeld?: (held: Held) => void
  readonly issuers?: ReturnType<typeof contextWith>['issuers']
}

export function decide(grants: FakeGrants, changes: Partial<AdmissionRequest>, scene: Scene = {}) {
  const { repository = git, verify = 'content', rules = rule, onHeld, mode = 'enforce' } = scene
  const policy = breakGlassPolicy({ rules, mode })
  const { spec } = policy
  const writers = spec.writers.map((one) => ({ ...one, verify }))
  const breakGlass = { ...spec.breakGlass, lockdown: scene.breakGlass === 'lockdown' }
  return evaluate(request(changes), {
    ...circumstances({}),
    ...fakeGit({ fleet: repository }),
    policy: { ...policy, spec: { ...spec, writers, breakGlass } },
    clusterUid: 'cluster-1',
    now: () => scene.now ?? now,
    breakGlass: {
      grants: queueing(grants),
      issuers: scene.issuers ?? contextWith().issuers,
      ...(onHeld && { onHeld }),
    },
  })
}

/** A write of ci under a commit. */
export function applying(commit: string, replicas: number, more: Partial<AdmissionRequest> = {}) {
  return {
    ...scaling(),
    user: deployer,
    oldObject: deployment({ replicas: 5 }),
    object: deployment({ replicas }, { annotations: marks(commit) }),
    ...more,
  } satisfies Partial<AdmissionRequest>
}

/** Alice scales from 3 to 5, by the decision itself. */
export async function used(status: JsonObject = { holdSeconds: 1800 }, scale = scaling()) {
  const scope = [{ ...scopeRow, operations: ['CREATE', 'UPDATE', 'DELETE'], fields: ['*'] }]
  const rows = [...scope, { ...scopeRow, resources: ['deployments.apps/scale'] }]
  const grants = fakeGrants([activeGrant({ status: { scope: rows, ...status } })])
  const decision = await decide(grants, scale)
  assert.equal(saying(decision), 'BreakGlass')
  return grants
}

/** Another use of the grant than was stored. */
export function changeUse(grants: FakeGrants, change: JsonObject): void {
  const stored = grants.stored(grantName) ?? {}
  const status = stored['status'] as JsonObject
  const [use] = status['uses'] as readonly JsonObject[]
  grants.put({ ...stored, status: { ...status, uses: [{ ...use, ...change }] } })
}
