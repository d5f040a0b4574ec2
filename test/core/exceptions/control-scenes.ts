import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { finalizers, living, type Scene } from './scenes.ts'

// Conditions of the cluster's own controllers, the API server and the controller manager.

const widget = {
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  name: 'parent',
  uid: 'u1',
  controller: true,
  blockOwnerDeletion: true,
}
const alive = { 'Widget shop/parent': living('u1') }
const terminating = (...names: string[]) => ({
  'Widget shop/parent': living('u1', {}, { deletionTimestamp: 'now', finalizers: names }),
})

function owned(...references: readonly JsonObject[]): JsonObject {
  return {
    metadata: { uid: 'me', resourceVersion: '7', ownerReferences: references },
  }
}

function conditions(...types: readonly JsonObject[]): JsonObject {
  return { status: { conditions: types } }
}

const garbage: Readonly<Record<string, Scene>> = {
  'garbage-collection': {
    old: owned(widget),
    options: { preconditions: { uid: 'me', resourceVersion: '7' } },
    breaks: {
      'the owner is alive': { world: alive },
      'the owner is being deleted and does not wait': { world: terminating('orphan') },
      'one of two owners is alive': {
        old: owned(widget, { ...widget, name: 'other', uid: 'u9' }),
        world: { 'Widget shop/other': living('u9') },
      },
      'it has no owner': { old: owned() },
      'an owner cannot be read from the reference': { old: owned({ kind: 'Widget' }) },
      'the request names no uid': { options: {} },
      'the request names another uid': { options: { preconditions: { uid: 'you' } } },
      'we may not see the owner and it says nothing of a version': {
        world: { 'Widget shop/parent': 'unreadable' },
        options: { preconditions: { uid: 'me' } },
      },
      'we may not see the owner and it names another version': {
        world: { 'Widget shop/parent': 'unreadable' },
        options: { preconditions: { uid: 'me', resourceVersion: '6' } },
      },
    },
  },
  'garbage-references': {
    old: owned(widget, { ...widget, name: 'other', uid: 'u2' }),
    object: owned({ ...widget, name: 'other', uid: 'u2' }),
    breaks: {
      'the owner is alive': { world: alive },
      'the owner cannot be read': { world: { 'Widget shop/parent': 'unreadable' } },
      'one is added': { old: owned(widget), object: owned(widget, { ...widget, uid: 'u2' }) },
      'one is replaced': { old: owned(widget), object: owned({ ...widget, uid: 'u2' }) },
      'one takes another name': {
        old: owned(widget),
        object: owned({ ...widget, name: 'x', blockOwnerDeletion: false }),
      },
      'one begins to block': {
        old: owned({ ...widget, blockOwnerDeletion: false }),
        object: owned(widget),
      },
      'one stops to control': {
        old: owned(widget),
        object: owned({ ...widget, controller: false, blockOwnerDeletion: false }),
      },
    },
  },
  'garbage-finalizers': {
    old: {
      metadata: {
        deletionTimestamp: 'now',
        finalizers: ['example.com/foreign', 'foregroundDeletion'],
      },
    },
    object: { metadata: { deletionTimestamp: 'now', finalizers: ['example.com/foreign'] } },
    breaks: {
      'it is not being deleted': { old: { metadata: { finalizers: ['foregroundDeletion'] } } },
      'a foreign one goes': {
        object: { metadata: { deletionTimestamp: 'now', finalizers: ['foregroundDeletion'] } },
      },
      'one is added': {
        object: {
          metadata: {
            deletionTimestamp: 'now',
            finalizers: ['example.com/foreign', 'foregroundDeletion', 'orphan'],
          },
        },
      },
    },
  },
  'namespace-content': {
    world: { 'Namespace shop': living('n', {}, { deletionTimestamp: 'now' }) },
    breaks: {
      'the namespace lives': { world: { 'Namespace shop': living('n') } },
      'there is no namespace': { world: {} },
      'the namespace cannot be read': { world: { 'Namespace shop': 'unreadable' } },
      'it is in no namespace': { namespace: '' },
    },
  },
  'namespace-end': {
    old: { metadata: { deletionTimestamp: 'now' } },
    object: { metadata: { deletionTimestamp: 'now' } },
    breaks: { 'it is not being deleted': { old: {}, object: {} } },
  },
}

const parts = { metadata: { labels: { part: 'yes' } }, rules: [{ verbs: ['get'] }] }
const aggregate = { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: 'yes' } }] } }

const roles: Readonly<Record<string, Scene>> = {
  'role-aggregation': {
    old: aggregate,
    object: { ...aggregate, rules: [{ verbs: ['get'] }] },
    world: { 'ClusterRole part': parts, 'ClusterRole other': { rules: [{ verbs: ['*'] }] } },
    breaks: {
      'a rule comes from a role that is not selected': {
        object: { ...aggregate, rules: [{ verbs: ['get'] }, { verbs: ['*'] }] },
      },
      'a rule comes from nowhere': { object: { ...aggregate, rules: [{ verbs: ['escalate'] }] } },
      'it does not aggregate': { old: {}, object: { rules: [{ verbs: ['get'] }] } },
      'roles cannot be read': { world: { 'ClusterRole part': 'unreadable' } },
      'the selector is empty': {
        old: { aggregationRule: { clusterRoleSelectors: [{}] } },
        object: {
          aggregationRule: { clusterRoleSelectors: [{}] },
          rules: [{ verbs: ['get'] }],
        },
      },
    },
  },
  'default-roles': {
    name: 'system:node',
    old: { metadata: { labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } } },
    object: { metadata: { labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } } },
    breaks: {
      'the name is none of the defaults': { name: 'evil' },
      'it is no default': { old: {}, object: {} },
      'it is taken out of updates': {
        old: {
          metadata: {
            labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
            annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' },
          },
        },
        object: {
          metadata: {
            labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
            annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' },
          },
        },
      },
    },
  },
  'definition-cleanup': {
    ...finalizers('customresourcecleanup.apiextensions.k8s.io'),
    old: {
      metadata: {
        deletionTimestamp: 'now',
        finalizers: ['customresourcecleanup.apiextensions.k8s.io'],
      },
    },
    object: { metadata: { deletionTimestamp: 'now', finalizers: [] } },
    breaks: {
      'it is not being deleted': {
        old: { metadata: { finalizers: ['customresourcecleanup.apiextensions.k8s.io'] } },
        object: { metadata: { finalizers: [] } },
      },
      'another goes': {
        old: { metadata: { deletionTimestamp: 'now', finalizers: ['example.com/foreign'] } },
      },
    },
  },
}

function tokenSecret(type = 'kubernetes.io/service-account-token', id = 'u1'): JsonObject {
  return {
    type,
    metadata: {
      annotations: {
        'kubernetes.io/service-account.name': 'robot',
        'kubernetes.io/service-account.uid': id,
      },
    },
  }
}

const robot = { 'ServiceAccount shop/robot': living('u1') }

const accounts: Readonly<Record<string, Scene>> = {
  'token-secrets': {
    old: tokenSecret(undefined, ''),
    object: tokenSecret(),
    world: robot,
    breaks: {
      'the account is gone': { world: {} },
      'another account has its name': { world: { 'ServiceAccount shop/robot': living('u2') } },
      'the account cannot be read': { world: { 'ServiceAccount shop/robot': 'unreadable' } },
      'it is another Secret': { old: tokenSecret('Opaque', '') },
      'it names no account': {
        old: { type: 'kubernetes.io/service-account-token' },
        object: { type: 'kubernetes.io/service-account-token' },
      },
    },
  },
  'token-secrets-cleanup': {
    old: tokenSecret(),
    breaks: {
      'the account lives': { world: robot },
      'the account cannot be read': { world: { 'ServiceAccount shop/robot': 'unreadable' } },
      'it is another Secret': { old: tokenSecret('Opaque') },
      'it names no account': { old: { type: 'kubernetes.io/service-account-token' } },
      'it names no uid': { old: tokenSecret(undefined, ''), world: robot },
    },
  },
  'account-secrets': {
    old: { secrets: [{ name: 'a' }, { name: 'b' }] },
    object: { secrets: [{ name: 'b' }] },
    world: { 'Secret shop/b': living('s') },
    breaks: {
      'the Secret exists': { world: { 'Secret shop/a': living('s') } },
      'the Secret cannot be read': { world: { 'Secret shop/a': 'unreadable' } },
      'one is added': { object: { secrets: [{ name: 'b' }, { name: 'c' }] } },
      'order changes': { object: { secrets: [{ name: 'b' }, { name: 'a' }] }, world: robot },
    },
  },
  'bootstrap-signatures': {
    old: { data: { kubeconfig: 'a' } },
    object: { data: { kubeconfig: 'a', 'jws-kubeconfig-abcdef': 'x' } },
    breaks: {
      'the kubeconfig changes': { object: { data: { kubeconfig: 'b' } } },
      'something is added': { object: { data: { kubeconfig: 'a', evil: 'x' } } },
    },
  },
  'own-leases': lease(),
  'own-lease-renewal': lease(),
}

function lease(): Scene {
  return {
    namespace: 'keda',
    name: 'election',
    breaks: {
      'it is in another namespace': { namespace: 'shop' },
      'it is in kube-system': { namespace: 'kube-system', name: 'kube-scheduler' },
      'it is the lease of a node': { namespace: 'kube-node-lease', name: 'n1' },
    },
  }
}

const services: Readonly<Record<string, Scene>> = {
  endpoints: {
    world: { 'Service shop/thing': living('s', { spec: { selector: { app: 'web' } } }) },
    breaks: {
      'there is no Service': { world: {} },
      'the Service selects nothing': { world: { 'Service shop/thing': living('s', { spec: {} }) } },
      'the Service cannot be read': { world: { 'Service shop/thing': 'unreadable' } },
    },
  },
  'endpoints-cleanup': {
    breaks: {
      'the Service exists': { world: { 'Service shop/thing': living('s') } },
      'the Service cannot be read': { world: { 'Service shop/thing': 'unreadable' } },
    },
  },
  'autoscaler-scale': {
    old: { metadata: { uid: 'd1' }, spec: { replicas: 1 } },
    object: { metadata: { uid: 'd1' }, spec: { replicas: 3 } },
    world: autoscaled(),
    breaks: {
      'nothing scales it': { world: {} },
      'there are too many': { object: { metadata: { uid: 'd1' }, spec: { replicas: 6 } } },
      'there are too few': { object: { metadata: { uid: 'd1' }, spec: {} } },
      'the target is gone': { world: autoscaled({}, {}) },
      'another object has its name': { world: autoscaled({}, { uid: 'd2' }) },
      'another object is scaled': { world: autoscaled({ name: 'other' }) },
      'another group is scaled': { world: autoscaled({ apiVersion: 'apps/v1' }) },
      'autoscalers cannot be read': {
        world: { ...autoscaled(), 'HorizontalPodAutoscaler shop/web': 'unreadable' },
      },
      'the target cannot be read': {
        world: { ...autoscaled(), 'Widget shop/thing': 'unreadable' },
      },
    },
  },
}

function autoscaled(target: JsonObject = {}, metadata: JsonObject = { uid: 'd1' }) {
  const scaleTargetRef = { apiVersion: 'example.com/v1', kind: 'Widget', name: 'thing', ...target }
  return {
    'HorizontalPodAutoscaler shop/web': living('h', {
      spec: { minReplicas: 2, maxReplicas: 5, scaleTargetRef },
    }),
    'Widget shop/thing': { metadata },
  }
}

export const controlScenes: Readonly<Record<string, Scene>> = {
  ...garbage,
  ...roles,
  ...accounts,
  ...services,
  'scheduler-preemption': {
    old: conditions({ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }),
    breaks: {
      'it is not marked': { old: {} },
      'it is marked by somebody else': {
        old: conditions({
          type: 'DisruptionTarget',
          status: 'True',
          reason: 'EvictionByEvictionAPI',
        }),
      },
      'the mark is taken back': {
        old: conditions({
          type: 'DisruptionTarget',
          status: 'False',
          reason: 'PreemptionByScheduler',
        }),
      },
    },
  },
  'scheduler-binding': {
    object: { target: { kind: 'Node', name: 'n1' } },
    breaks: {
      'the target is no Node': { object: { target: { kind: 'Pod', name: 'x' } } },
      'it names another Pod': {
        object: { metadata: { name: 'other' }, target: { kind: 'Node', name: 'n1' } },
      },
    },
  },
}
