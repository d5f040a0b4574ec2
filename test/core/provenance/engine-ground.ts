import assert from 'node:assert/strict'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import { targetOf } from '../../../src/core/admission/target.ts'
import { flux } from '../../../src/core/engines/flux/flux.ts'
import { argoCd } from '../../../src/core/engines/argo-cd/argo-cd.ts'
import type { Live } from '../../../src/core/exceptions/cluster.ts'
import { stringAt, type JsonObject } from '../../../src/core/manifest/json.ts'
import type { ObjectId } from '../../../src/core/manifest/object-id.ts'
import type { Plan } from '../../../src/core/plans/plan.ts'
import type { Policy } from '../../../src/core/policy/schema.ts'
import type { Ground, Subject } from '../../../src/core/provenance/proof.ts'
import { fakeCluster } from '../../fakes/cluster.ts'
import { fakeEngineObjects } from '../../fakes/engine-objects.ts'
import {
  commitA,
  fakeGit,
  type FakeGit,
  type FakeObject,
  type FakeRepository,
} from '../../fakes/git.ts'
import { account, request } from '../../fakes/requests.ts'
import { found, gitRepository, kustomization } from '../engines/flux/objects.ts'
import { goodPolicy, head } from '../policy/policies.ts'

export const now = 1_000_000_000
export const minute = 60_000
export const hour = 60 * minute
export const branchMain = { kind: 'reachable', branches: ['main'] } as const

const repositories = `  mode: enforce
  repositories:
  - {name: fleet, url: "https://git.example.com/acme/fleet.git", branches: [main, release], sources: [{path: prod}]}
  - {name: other, url: "https://git.example.com/acme/other.git", branches: [main], sources: [{path: prod}]}
`

const writers = `  writers:
  - {name: flux, subject: {serviceAccount: flux-system/kustomize-controller}, evidence: [flux], repositories: [fleet]}
  - {name: argo, subject: {serviceAccount: argocd/argocd-application-controller}, evidence: [argo-cd], repositories: [fleet]}
  - {name: team, subject: {serviceAccount: team/reconciler}, impersonated: true, evidence: [flux], repositories: [other], namespaces: [team]}
  - {name: ci, subject: {serviceAccount: ci/deployer}, evidence: [annotation], repositories: [fleet]}
`

/** With more of the spec. */
export function policyWith(rest = '', ofWriters = writers): Policy {
  return goodPolicy(`${head}${repositories}${ofWriters}${rest}`)
}

export const policy = policyWith()

/** The Kustomization of the tests by name alone, as a root. */
export const rooted = policyWith(
  '  roots: [{resource: kustomizations.kustomize.toolkit.fluxcd.io, namespace: flux-system, name: apps}]\n',
)

export const kustomizeController = account('flux-system', 'kustomize-controller')
export const applicationController = account('argocd', 'argocd-application-controller')

export function idOf(object: JsonObject): ObjectId {
  const apiVersion = stringAt(object, 'apiVersion') ?? ''
  return {
    group: apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '',
    kind: stringAt(object, 'kind') ?? '',
    namespace: stringAt(object, 'metadata', 'namespace') ?? '',
    name: stringAt(object, 'metadata', 'name') ?? '',
  }
}

/** As a manifest: without what only the cluster knows. */
function manifestOf(live: JsonObject): JsonObject {
  const { status: _, ...object } = live
  const { name, namespace } = idOf(object)
  return { ...object, metadata: { name, ...(namespace === '' ? {} : { namespace }) } }
}

/** Declared by the source of the policy, or by a plan. */
export function declares(object: JsonObject, plan?: Plan): FakeObject {
  const manifest = manifestOf(object)
  return { id: idOf(manifest), object: manifest, ...(plan && { plan }) }
}

/** The plan of a Kustomization or Application with what it needs, on main unless it is pinned. */
export function planOf(object: JsonObject, ...needs: readonly JsonObject[]): Plan {
  const kinds = [...flux.kinds, ...argoCd.kinds]
  const { group, kind } = idOf(object)
  const answer = kinds
    .find((one) => one.group === group && one.kind === kind)
    ?.plans(object, found(...needs))
  if (answer?.kind !== 'plans') assert.fail(answer?.why)
  const [{ plan } = assert.fail()] = answer.plans
  return { ...plan, branch: plan.branch === '' ? 'main' : plan.branch }
}

export const apps = kustomization()
export const source = gitRepository()
export const appsPlan = planOf(apps, source)
export const fluxLabels = {
  'kustomize.toolkit.fluxcd.io/name': 'apps',
  'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
}

export const settings: JsonObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'pay' },
  data: { a: '1' },
}

/** As Flux applies it. */
export function labelled(
  object: JsonObject,
  labels: Readonly<Record<string, string>> = fluxLabels,
): JsonObject {
  const { name, namespace } = idOf(object)
  return { ...object, metadata: { name, namespace, labels } }
}

/** A repository whose head of main, fetched just now, declares these. */
export function repository(
  objects: readonly FakeObject[],
  rest: Partial<FakeRepository> = {},
): FakeRepository {
  return {
    tips: { main: commitA },
    commits: { [commitA]: branchMain },
    fetchedAt: now,
    declares: { [commitA]: objects },
    ...rest,
  }
}

/** The head declares the Kustomization, its source, and by its plan the ConfigMap. */
export const fleet: FakeRepository = repository(
  [declares(apps), declares(source), declares(settings, appsPlan)],
  { inForce: [appsPlan] },
)

export interface Scene {
  readonly policy?: Policy
  readonly fleet?: FakeRepository
  readonly other?: FakeRepository
  /** Engine objects, and what they need. */
  readonly live?: readonly JsonObject[]
  /** As the watch last saw them, where that differs. */
  readonly seen?: readonly JsonObject[]
  /** For conditions, by `Kind namespace/name`; definitions are absent. */
  readonly cluster?: Readonly<Record<string, Live>>
  readonly rest?: Partial<Ground>
}

export type SceneGround = Ground & Pick<FakeGit, 'refreshed' | 'setPlans'>

export function groundOf(scene: Scene = {}): SceneGround {
  const { live = [apps, source], seen = live, rest = {} } = scene
  const git = fakeGit({ fleet: scene.fleet ?? fleet, other: scene.other ?? repository([]) })
  const described = fakeCluster(scene.cluster)
  return {
    policy: scene.policy ?? policy,
    ...git,
    engineObjects: fakeEngineObjects(live, seen),
    cluster: {
      ...described,
      read: (reference, signal) =>
        reference.kind === 'CustomResourceDefinition'
          ? Promise.resolve({ kind: 'absent' })
          : described.read(reference, signal),
    },
    now: () => now,
    signal: new AbortController().signal,
    ...rest,
  }
}

/** What a writer of the policy writes: the ConfigMap as Flux applies it, by default. */
export function subjectOf(
  changes: Partial<AdmissionRequest> = {},
  name = 'flux',
  from = policy,
): Subject {
  const { operation = 'CREATE' } = changes
  const object = operation === 'DELETE' ? null : labelled(settings)
  const oldObject = operation === 'CREATE' ? null : labelled(settings)
  const asked = request({ user: kustomizeController, object, oldObject, ...changes })
  const writer = from.spec.writers.find((one) => one.name === name) ?? assert.fail()
  return { request: asked, writer, target: targetOf(asked) }
}

export function terminating(object: JsonObject): JsonObject {
  const metadata = (object['metadata'] ?? {}) as JsonObject
  return { ...object, metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }
}

/** With members of the spec replaced; null takes one away. */
export function withSpec(object: JsonObject, spec: JsonObject): JsonObject {
  const all = Object.entries({ ...((object['spec'] ?? {}) as JsonObject), ...spec })
  return { ...object, spec: Object.fromEntries(all.filter(([, value]) => value !== null)) }
}

export function withStatus(object: JsonObject, status: JsonObject): JsonObject {
  return { ...object, status: { ...((object['status'] ?? {}) as JsonObject), ...status } }
}
