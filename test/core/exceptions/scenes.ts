import type { JsonObject } from '../../../src/core/manifest/json.ts'
import type { World } from './world.ts'

/** What makes the condition of a row hold, and what breaks it. */
export interface Scene {
  readonly name?: string
  readonly namespace?: string
  /** Parts of the object before, and of the object after. */
  readonly old?: JsonObject
  readonly object?: JsonObject
  readonly options?: JsonObject
  /** Fields of the row that stay as they are. */
  readonly without?: readonly string[]
  readonly world?: World
  /** At least one: with these parts instead, the row covers nothing. */
  readonly breaks: Readonly<Record<string, Partial<Omit<Scene, 'breaks'>>>>
}

const uid = 'u1'

function owner(kind: string, apiVersion: string, parts: JsonObject = {}): JsonObject {
  return { apiVersion, kind, name: 'parent', uid, controller: true, ...parts }
}

function owned(...references: readonly JsonObject[]): JsonObject {
  return { metadata: { ownerReferences: references } }
}

export function living(id: string, parts: JsonObject = {}, metadata: JsonObject = {}): JsonObject {
  return { metadata: { uid: id, ...metadata }, ...parts }
}

/** The object has a controller of this kind. */
function child(kind: string, apiVersion: string): Scene {
  const parent = owned(owner(kind, apiVersion))
  const key = `${kind} shop/parent`
  const both = (object: JsonObject) => ({ old: object, object })
  return {
    ...both(parent),
    world: { [key]: living(uid) },
    breaks: {
      'the owner is gone': { world: {} },
      'another object has its name': { world: { [key]: living('u2') } },
      'the owner cannot be read': { world: { [key]: 'unreadable' } },
      'there is no owner': both({}),
      'the owner is of another kind': both(owned(owner('Widget', apiVersion))),
      'the owner is of another group': both(owned(owner(kind, 'evil.example.com/v1'))),
      'the owner does not control it': both(owned(owner(kind, apiVersion, { controller: false }))),
      'a reference cannot be read': both(owned(owner(kind, apiVersion), { kind: 'x' })),
    },
  }
}

/** An owner of this kind takes what its selector matches. */
function adopted(kind: string, apiVersion: string, selector: JsonObject): Scene {
  const key = `${kind} shop/parent`
  const parent = owner(kind, apiVersion)
  const labels = { app: 'web' }
  const labelled = (references: readonly JsonObject[], of: JsonObject = labels): JsonObject => ({
    metadata: { labels: of, ownerReferences: references },
  })
  const free: JsonObject = { metadata: { labels } }
  return {
    old: free,
    object: labelled([parent]),
    world: { [key]: living(uid, { spec: { selector } }) },
    breaks: {
      'the owner is gone': { world: {} },
      'another owner has its name': { world: { [key]: living('u2', { spec: { selector } }) } },
      'the owner is being deleted': {
        world: { [key]: living(uid, { spec: { selector } }, { deletionTimestamp: 'now' }) },
      },
      'the selector does not match': {
        world: { [key]: living(uid, { spec: { selector: { matchLabels: { app: 'x' } } } }) },
      },
      'there is no selector': { world: { [key]: living(uid, { spec: {} }) } },
      'somebody controls it already': {
        old: labelled([owner('Widget', 'example.com/v1', { uid: 'u3' })]),
        object: labelled([owner('Widget', 'example.com/v1', { uid: 'u3' }), parent]),
      },
      'it is no controller': { object: labelled([{ ...parent, controller: false }]) },
      'it is released though it matches': { old: labelled([parent]), object: free },
      'an owner of another kind is released': {
        old: labelled([owner('Widget', 'example.com/v1')]),
        object: free,
      },
      'a second reference comes with it': {
        object: labelled([parent, owner('Widget', 'example.com/v1', { uid: 'u4' })]),
      },
      'two references have one uid': {
        old: labelled([owner('Widget', 'example.com/v1', { controller: false, uid: 'u5' })]),
        object: labelled([
          owner('Secret', 'v1', { controller: false, uid: 'u5' }),
          owner('Widget', 'example.com/v1', { controller: false, uid: 'u5' }),
          parent,
        ]),
      },
    },
  }
}

/** Only these finalizers come and go. */
export function finalizers(...own: readonly string[]): Scene {
  const having = (...names: string[]): JsonObject => ({ metadata: { finalizers: names } })
  return {
    old: having('example.com/foreign'),
    object: having('example.com/foreign', ...own),
    breaks: {
      'a foreign one goes': { object: having(...own) },
      'a foreign one comes': { object: having('example.com/foreign', ...own, 'example.com/new') },
      'another takes the place of a foreign one': { object: having('example.com/new', ...own) },
    },
  }
}

/** A field says what kind of object it is. */
function valued(field: string, value: string, wrong = 'example.com/other'): Scene {
  const having = (text: string): JsonObject =>
    field
      .split('.')
      .toReversed()
      .reduce<JsonObject | string>((inner, key) => ({ [key]: inner }), text) as JsonObject
  return {
    old: having(value),
    object: having(value),
    breaks: {
      [`${field} is another`]: { old: having(wrong), object: having(wrong) },
      [`there is no ${field}`]: { old: {}, object: {} },
    },
  }
}

/** Whether the object has a label or an annotation. */
function marked(place: 'labels' | 'annotations', key: string): Scene {
  const marks: JsonObject = { metadata: { [place]: { [key]: 'true' } } }
  const without = [`metadata.${place}["${key}"]`]
  const breaks = { 'the mark is missing': { old: {}, object: {}, without } }
  return { old: marks, object: marks, breaks }
}

const selector = { matchLabels: { app: 'web' } }
const jobFinalizer = 'batch.kubernetes.io/job-tracking'
const kubeletClient = 'kubernetes.io/kube-apiserver-client-kubelet'

export const workloadScenes: Readonly<Record<string, Scene>> = {
  'deployment-replicasets': child('Deployment', 'apps/v1'),
  'deployment-scaling': child('Deployment', 'apps/v1'),
  'deployment-adoption': adopted('Deployment', 'apps/v1', selector),
  'replicaset-pods': child('ReplicaSet', 'apps/v1'),
  'replicaset-adoption': adopted('ReplicaSet', 'apps/v1', selector),
  'replication-pods': child('ReplicationController', 'v1'),
  'replication-adoption': adopted('ReplicationController', 'v1', { app: 'web' }),
  'daemonset-pods': child('DaemonSet', 'apps/v1'),
  'daemonset-adoption': adopted('DaemonSet', 'apps/v1', selector),
  'daemonset-revisions': child('DaemonSet', 'apps/v1'),
  'daemonset-revision-number': child('DaemonSet', 'apps/v1'),
  'daemonset-revision-adoption': adopted('DaemonSet', 'apps/v1', selector),
  'daemonset-pod-hash': child('DaemonSet', 'apps/v1'),
  'statefulset-pods': child('StatefulSet', 'apps/v1'),
  'statefulset-adoption': adopted('StatefulSet', 'apps/v1', selector),
  'statefulset-revisions': child('StatefulSet', 'apps/v1'),
  'statefulset-revision-number': child('StatefulSet', 'apps/v1'),
  'statefulset-revision-adoption': adopted('StatefulSet', 'apps/v1', selector),
  'statefulset-pod-identity': child('StatefulSet', 'apps/v1'),
  'job-pods': child('Job', 'batch/v1'),
  'job-groups': child('Job', 'batch/v1'),
  'job-finalizer': finalizers(jobFinalizer),
  'cronjob-jobs': child('CronJob', 'batch/v1'),
  'job-adoption': {
    ...adopted('Job', 'batch/v1', selector),
    old: { metadata: { labels: { app: 'web' }, finalizers: ['example.com/foreign'] } },
    object: {
      metadata: {
        labels: { app: 'web' },
        ownerReferences: [owner('Job', 'batch/v1')],
        finalizers: ['example.com/foreign', jobFinalizer],
      },
    },
    breaks: {
      ...adopted('Job', 'batch/v1', selector).breaks,
      'a foreign finalizer goes with it': {
        object: {
          metadata: {
            labels: { app: 'web' },
            ownerReferences: [owner('Job', 'batch/v1')],
            finalizers: [jobFinalizer],
          },
        },
      },
    },
  },
  'ttl-after-finished': {
    old: {
      metadata: { uid },
      spec: { ttlSecondsAfterFinished: 5 },
      status: { conditions: [{ type: 'Complete', status: 'True' }] },
    },
    options: { preconditions: { uid } },
    breaks: {
      'it has not ended': {
        old: { metadata: { uid }, spec: { ttlSecondsAfterFinished: 5 }, status: {} },
      },
      'it does not ask for it': {
        old: {
          metadata: { uid },
          spec: {},
          status: { conditions: [{ type: 'Complete', status: 'True' }] },
        },
      },
      'the request names no uid': { options: {} },
      'the request names another uid': { options: { preconditions: { uid: 'u2' } } },
    },
  },
}

export const simpleScenes: Readonly<Record<string, Scene>> = {
  'kube-controller-manager-candidates': valued('spec.leaseName', 'kube-controller-manager'),
  'kube-scheduler-candidates': valued('spec.leaseName', 'kube-scheduler'),
  'scheduler-devices': finalizers('resource.kubernetes.io/delete-protection'),
  'scheduler-extended-resources': child('Pod', 'v1'),
  'device-claims': child('Pod', 'v1'),
  'device-group-claims': child('PodGroup', 'scheduling.k8s.io/v1alpha2'),
  'device-claim-status': finalizers('resource.kubernetes.io/delete-protection'),
  'pod-group-protection': finalizers('scheduling.k8s.io/podgroup-protection'),
  'claim-protection': finalizers('kubernetes.io/pvc-protection'),
  'volume-protection': finalizers('kubernetes.io/pv-protection'),
  'volume-upkeep': finalizers('kubernetes.io/pv-controller'),
  'attributes-class-protection': finalizers('kubernetes.io/vac-protection'),
  'address-ranges': finalizers('networking.k8s.io/service-cidr-finalizer'),
  'load-balancers': finalizers('service.kubernetes.io/load-balancer-cleanup'),
  endpointslices: child('Service', 'v1'),
  'endpointslice-mirrors': child('Endpoints', 'v1'),
  'endpointslice-mirrors-cleanup': {
    old: owned(owner('Endpoints', 'v1')),
    breaks: {
      'a Service controls it': { old: owned(owner('Service', 'v1')) },
      'nobody controls it': { old: {} },
    },
  },
  'certificate-approval': valued('spec.signerName', kubeletClient),
  'certificate-signing': valued('spec.signerName', 'kubernetes.io/kubelet-serving'),
  'serving-trust': valued('spec.signerName', 'kubernetes.io/kube-apiserver-serving'),
  'node-certificates': valued('spec.signerName', kubeletClient),
  'bootstrap-certificates': valued(
    'spec.signerName',
    kubeletClient,
    'kubernetes.io/kubelet-serving',
  ),
  'bootstrap-token-cleanup': valued('type', 'bootstrap.kubernetes.io/token', 'Opaque'),
  'legacy-token-marks': valued('type', 'kubernetes.io/service-account-token', 'Opaque'),
  'token-use': valued('type', 'kubernetes.io/service-account-token', 'Opaque'),
  'flow-control': marked('annotations', 'apf.kubernetes.io/autoupdate-spec'),
  'api-registration': marked('labels', 'kube-aggregator.kubernetes.io/automanaged'),
  'api-server-lease': {
    name: 'apiserver-abc',
    breaks: {
      'it has another name': { name: 'kube-controller-managers' },
      'it has half a name': { name: 'apiserver-' },
    },
  },
  'legacy-token-cleanup': {
    old: {
      type: 'kubernetes.io/service-account-token',
      metadata: { labels: { 'kubernetes.io/legacy-token-invalid-since': '2026-01-01' } },
    },
    breaks: {
      'it is not marked': { old: { type: 'kubernetes.io/service-account-token' } },
      'it is another Secret': {
        old: {
          type: 'Opaque',
          metadata: { labels: { 'kubernetes.io/legacy-token-invalid-since': 'x' } },
        },
      },
    },
  },
}
