import assert from 'node:assert/strict'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import { toAnswer } from '../../../src/core/decision/answer.ts'
import type { Decision } from '../../../src/core/decision/decision.ts'
import { evaluate } from '../../../src/core/decision/evaluate.ts'
import type { Live, LiveList } from '../../../src/core/exceptions/cluster.ts'
import { fakeCluster } from '../../fakes/cluster.ts'
import { commitA, fakeGit, type FakeRepository } from '../../fakes/git.ts'
import { noBreakGlass } from '../../fakes/grants.ts'
import { request } from '../../fakes/requests.ts'
import { goodPolicy, head } from '../policy/policies.ts'

const now = 1_000_000_000
export const id = { group: '', kind: 'ConfigMap', namespace: 'pay', name: 'settings' }
export const own = {
  namespace: 'solewriter-system',
  accounts: new Set(['system:serviceaccount:solewriter-system:solewriter-controller']),
}

export const fleet: FakeRepository = {
  tips: { main: commitA },
  commits: { [commitA]: { kind: 'reachable', branches: ['main'] } },
  fetchedAt: now,
  declares: { [commitA]: [{ id }] },
}

const sources = `  repositories:
  - {name: fleet, url: "https://git.example.com/acme/fleet.git", branches: [main], sources: [{path: prod}]}
  writers:
  - {name: ci, subject: {serviceAccount: ci/deployer}, evidence: [annotation], repositories: [fleet], verify: declared}
  - {name: bound, subject: {serviceAccount: ci/bound}, podBound: true, evidence: [annotation], repositories: [fleet], verify: declared}
  - {name: narrow, subject: {serviceAccount: ci/narrow}, evidence: [annotation], repositories: [fleet], verify: declared, namespaces: [shop]}
`

const exceptions = `  exceptions:
  - name: keda
    subject: {serviceAccount: keda/keda-operator}
    reason: scales
    allow: [{resources: [deployments.apps/scale], operations: [UPDATE], fields: [spec.replicas], namespaces: [pay]}]
`

export interface Setting {
  readonly spec?: string
  /** In place of the usual mode and exceptions. */
  readonly exceptions?: string
  readonly live?: Readonly<Record<string, Live>>
  readonly lists?: Readonly<Record<string, LiveList>>
  readonly git?: FakeRepository
}

export function circumstances(setting: Setting) {
  const { spec = '  mode: enforce\n', live = {}, lists = {}, git = fleet } = setting
  const rules = setting.exceptions ?? spec + exceptions
  return {
    policy: goodPolicy(head + rules + sources),
    policyHash: 'sha256:p',
    clusterUid: 'cluster-1',
    digestKey: new Uint8Array(32),
    own,
    breakGlass: noBreakGlass,
    cluster: fakeCluster(live, lists),
    ...fakeGit({ fleet: git }),
    now: () => now,
    signal: new AbortController().signal,
  }
}

export function decide(
  changes: Partial<AdmissionRequest>,
  setting: Setting = {},
): Promise<Decision> {
  return evaluate(request(changes), circumstances(setting))
}

export async function reasonOf(
  changes: Partial<AdmissionRequest>,
  setting: Setting = {},
): Promise<string> {
  const { verdict, allowed } = await decide(changes, setting)
  assert.equal(allowed, verdict.kind === 'allow', verdict.reason)
  return verdict.reason
}

export async function messageOf(changes: Partial<AdmissionRequest>, setting: Setting = {}) {
  return toAnswer(await decide(changes, setting), {}).message
}

export const signed = { 'solewriter.dev/repo': 'fleet', 'solewriter.dev/commit': commitA }
export const gvr = (resource: string, group = '', version = 'v1') => ({ group, version, resource })
export const gvk = (kind: string, group = '', version = 'v1') => ({ group, version, kind })
