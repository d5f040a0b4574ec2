import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { living, type Scene } from './scenes.ts'

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
