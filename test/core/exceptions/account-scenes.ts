import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { finalizers, living, type Scene } from './scenes.ts'

// Conditions about roles, definitions, accounts and their tokens.

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
      'it has the name of one, wherever it is': { name: 'kube-controller-manager' },
      'it is the lease of a node': { namespace: 'kube-node-lease', name: 'n1' },
    },
  }
}

export const accountScenes: Readonly<Record<string, Scene>> = { ...roles, ...accounts }
