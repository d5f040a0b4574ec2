import { GuardError } from '../../../src/core/errors.ts'
import type { Live, LiveList } from '../../../src/core/exceptions/cluster.ts'
import { stringAt, type Json, type JsonObject } from '../../../src/core/manifest/json.ts'
import type { ObjectId } from '../../../src/core/manifest/object-id.ts'
import { judgeLive, type Judged } from '../../../src/core/scan/judge.ts'
import type { LiveObject, ServedKind } from '../../../src/core/scan/live-object.ts'
import type { Finding } from '../../../src/core/scan/result.ts'
import type { Scene } from '../../../src/core/scan/scene.ts'
import { commitA, commitB, type FakeObject, type FakeRepository } from '../../fakes/git.ts'
import { circumstances, type Setting } from '../decision/deciding.ts'

export interface Ground extends Omit<Setting, 'git'> {
  /** What the head declares; 'pending', 'broken' or 'duplicate' for all of it. */
  readonly head?: readonly FakeObject[] | 'pending' | 'broken' | 'duplicate'
  /** What the commit before it declares. */
  readonly before?: readonly FakeObject[]
  readonly git?: Partial<FakeRepository>
  /** Keys of what engines create. */
  readonly created?: readonly string[]
}

export function sceneOf(ground: Ground): Scene {
  const { head = [], before, git, created = [], ...setting } = ground
  const declares = { [commitA]: head, ...(before === undefined ? {} : { [commitB]: before }) }
  const fleet = { tips: { main: commitA }, fetchedAt: 1_000_000_000, declares, ...git }
  return {
    ...circumstances({ ...setting, git: fleet }),
    created: new Set(created),
    owners: new Map(),
    former: () => Promise.resolve(before === undefined ? [] : [commitB]),
  }
}

export function judge(live: LiveObject, ground: Ground = {}): Promise<Judged> {
  return judgeLive(live, sceneOf(ground))
}

export async function findingOf(live: LiveObject, ground: Ground = {}): Promise<Finding> {
  const judged = await judge(live, ground)
  if (judged.kind === 'finding') return judged.finding
  throw new GuardError('Internal', `no finding: ${JSON.stringify(judged)}`)
}

const kinds = {
  ConfigMap: ['', 'v1', 'configmaps', true],
  Secret: ['', 'v1', 'secrets', true],
  Service: ['', 'v1', 'services', true],
  Namespace: ['', 'v1', 'namespaces', false],
  Pod: ['', 'v1', 'pods', true],
  Deployment: ['apps', 'v1', 'deployments', true],
  ReplicaSet: ['apps', 'v1', 'replicasets', true],
  Job: ['batch', 'v1', 'jobs', true],
  Role: ['rbac.authorization.k8s.io', 'v1', 'roles', true],
  ClusterRoleBinding: ['rbac.authorization.k8s.io', 'v1', 'clusterrolebindings', false],
  APIService: ['apiregistration.k8s.io', 'v1', 'apiservices', false],
  EndpointSlice: ['discovery.k8s.io', 'v1', 'endpointslices', true],
  CronJob: ['batch', 'v1', 'cronjobs', true],
  DaemonSet: ['apps', 'v1', 'daemonsets', true],
  ClusterRole: ['rbac.authorization.k8s.io', 'v1', 'clusterroles', false],
  PolicyReport: ['wgpolicyk8s.io', 'v1alpha2', 'policyreports', true],
  Widget: ['example.com', 'v1', 'widgets', true],
} as const satisfies Readonly<Record<string, readonly [string, string, string, boolean]>>

export type Kind = keyof typeof kinds

export function servedOf(kind: Kind): ServedKind {
  const [group, version, resource, isNamespaced] = kinds[kind]
  return { group, version, resource, kind, isNamespaced }
}

/** As the API server has it: `metadata` on top of a name, a namespace and what it keeps by itself. */
export function live(kind: Kind, metadata: JsonObject = {}, rest: JsonObject = {}): LiveObject {
  return { served: servedOf(kind), object: objectOf(kind, metadata, rest), isMetadataOnly: false }
}

export function objectOf(kind: Kind, metadata: JsonObject, rest: JsonObject): JsonObject {
  return { ...manifest(kind, { ...stored, ...metadata }, rest) }
}

const stored = {
  uid: 'u-1',
  resourceVersion: '7',
  creationTimestamp: '2026-08-23T02:14:07Z',
  generation: 1,
}

function manifest(kind: Kind, metadata: JsonObject, rest: JsonObject): JsonObject {
  const { group, version, isNamespaced } = servedOf(kind)
  const apiVersion = group === '' ? version : `${group}/${version}`
  const place = isNamespaced ? { namespace: 'pay' } : {}
  return { apiVersion, kind, metadata: { name: 'one', ...place, ...metadata }, ...rest }
}

/** Declared under its own name. */
export function declared(kind: Kind, metadata: JsonObject = {}, rest: JsonObject = {}): FakeObject {
  return { id: idOf(kind, metadata), object: manifest(kind, metadata, rest) }
}

export function idOf(kind: Kind, metadata: JsonObject = {}): ObjectId {
  const { group, isNamespaced } = servedOf(kind)
  const namespace = stringAt(metadata, 'namespace') ?? (isNamespaced ? 'pay' : '')
  return { group, kind, namespace, name: stringAt(metadata, 'name') ?? 'one' }
}

export function found(object: JsonObject): Live {
  return { kind: 'found', object }
}

export function list(...objects: readonly JsonObject[]): LiveList {
  return { kind: 'found', objects }
}

/** An entry of managedFields. */
export function written(manager: string, fieldsV1: Json, more: JsonObject = {}): JsonObject {
  const entry = { manager, operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1' }
  return { ...entry, time: '2026-08-23T02:14:07Z', fieldsV1, ...more }
}

export function ownedBy(kind: Kind, name: string, uid: string): JsonObject {
  const { group, version } = servedOf(kind)
  const apiVersion = group === '' ? version : `${group}/${version}`
  return { ownerReferences: [{ apiVersion, kind, name, uid, controller: true }] }
}
