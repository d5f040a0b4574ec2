import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { living, type Scene } from './scenes.ts'
import type { World } from './world.ts'

// Conditions about nodes and Pods.

function on(nodeName: string, parts: JsonObject = {}): JsonObject {
  return { spec: { nodeName }, ...parts }
}

const ownName: Scene = { name: 'n1', breaks: { 'it is another node': { name: 'n2' } } }

const labelled = (key: string): JsonObject => ({ metadata: { labels: { [key]: 'x' } } })

const mirrorMetadata = {
  annotations: { 'kubernetes.io/config.mirror': 'hash' },
  ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'n', controller: true }],
}

function podToken(pod: JsonObject, kind = 'Pod'): JsonObject {
  return { spec: { boundObjectRef: { apiVersion: 'v1', kind, name: 'web', uid: 'p', ...pod } } }
}

function podWorld(spec: JsonObject = {}, uid = 'p'): World {
  return {
    'Pod shop/web': living(uid, { spec: { nodeName: 'n1', serviceAccountName: 'thing', ...spec } }),
  }
}

const kubelet: Readonly<Record<string, Scene>> = {
  'node-registration': {
    name: 'n1',
    object: labelled('node.kubernetes.io/instance-type'),
    breaks: {
      ...ownName.breaks,
      'it sets a restricted label': { object: labelled('node-restriction.kubernetes.io/x') },
      'it takes a role': { object: labelled('node-role.kubernetes.io/control-plane') },
    },
  },
  'node-status': {
    name: 'n1',
    object: labelled('example.com/zone'),
    breaks: {
      ...ownName.breaks,
      'it sets a restricted label': { object: labelled('a.node-restriction.kubernetes.io/x') },
      'it takes a role': { object: labelled('node-role.kubernetes.io/control-plane') },
      'it drops a role': { old: labelled('node-role.kubernetes.io/worker') },
    },
  },
  'node-lease': ownName,
  'node-drivers': ownName,
  'node-pod-status': {
    old: on('n1'),
    object: on('n1'),
    breaks: {
      'it runs elsewhere': { old: on('n2'), object: on('n2') },
      'it runs nowhere': { old: { spec: {} }, object: { spec: {} } },
    },
  },
  'node-pods': { old: on('n1'), breaks: { 'it runs elsewhere': { old: on('n2') } } },
  'node-devices': { old: on('n1'), breaks: { 'they are elsewhere': { old: on('n2') } } },
  'mirror-pods': {
    object: { metadata: mirrorMetadata, spec: { nodeName: 'n1' } },
    world: { 'Node n1': living('n') },
    breaks: {
      'the Node is gone': { world: {} },
      'another Node has its name': { world: { 'Node n1': living('m') } },
      'it is bound elsewhere': { object: { metadata: mirrorMetadata, spec: { nodeName: 'n2' } } },
      'it mirrors nothing': {
        object: { metadata: { ...mirrorMetadata, annotations: {} }, spec: { nodeName: 'n1' } },
      },
      'it runs as somebody': {
        object: {
          metadata: mirrorMetadata,
          spec: { nodeName: 'n1', serviceAccountName: 'default' },
        },
      },
      'nobody owns it': {
        object: {
          metadata: { annotations: mirrorMetadata.annotations, ownerReferences: [] },
          spec: { nodeName: 'n1' },
        },
      },
    },
  },
  'pod-tokens': {
    object: podToken({}),
    world: podWorld(),
    breaks: {
      'the Pod is gone': { world: {} },
      'another Pod has its name': { world: podWorld({}, 'q') },
      'the Pod runs elsewhere': { world: podWorld({ nodeName: 'n2' }) },
      'the Pod runs as somebody else': { world: podWorld({ serviceAccountName: 'other' }) },
      'the Pod cannot be read': { world: { 'Pod shop/web': 'unreadable' } },
      'it is bound to a Secret': { object: podToken({}, 'Secret') },
      'it is not bound': { object: { spec: { boundObjectRef: null } } },
      'it names no uid': { object: podToken({ uid: '' }) },
    },
  },
  'pod-certificates': {
    object: { spec: { nodeName: 'n1', podName: 'web', podUID: 'p' } },
    world: podWorld(),
    breaks: {
      'the Pod is gone': { world: {} },
      'the Pod runs elsewhere': { world: podWorld({ nodeName: 'n2' }) },
      'another node is named': {
        object: { spec: { nodeName: 'n2', podName: 'web', podUID: 'p' } },
      },
    },
  },
}

const done = { spec: { nodeName: 'n1' }, status: { phase: 'Failed' } }
const runs = { spec: { nodeName: 'n1' }, status: { phase: 'Running' } }

const pods: Readonly<Record<string, Scene>> = {
  'pod-garbage': {
    old: done,
    world: { 'Node n1': living('n') },
    breaks: {
      'it runs': { old: runs },
      'its node cannot be read': { old: runs, world: { 'Node n1': 'unreadable' } },
      'it waits for a node': { old: { spec: {}, status: { phase: 'Pending' } } },
    },
  },
  'pod-garbage-status': {
    old: runs,
    object: runs,
    breaks: { 'its node is there': { world: { 'Node n1': living('n') } } },
  },
  'node-eviction': {
    old: runs,
    world: { 'Node n1': living('n', { spec: { taints: [{ effect: 'NoExecute' }] } }) },
    breaks: {
      'the node repels nobody': { world: { 'Node n1': living('n', { spec: {} }) } },
      'the taint is a milder one': {
        world: { 'Node n1': living('n', { spec: { taints: [{ effect: 'NoSchedule' }] } }) },
      },
      'the node cannot be read': { world: { 'Node n1': 'unreadable' } },
      'it has no node': { old: { spec: {} } },
    },
  },
  'device-eviction': {
    old: { spec: { resourceClaims: [{ name: 'gpu' }] } },
    breaks: { 'it claims none': { old: { spec: {} } } },
  },
  'volume-recycling': {
    name: 'recycler-for-pv1',
    world: { 'PersistentVolume pv1': recycled('Recycle', 'Released') },
    breaks: {
      'the volume is to be kept': {
        world: { 'PersistentVolume pv1': recycled('Retain', 'Released') },
      },
      'the volume cannot be read': { world: { 'PersistentVolume pv1': 'unreadable' } },
      'it has another name': { name: 'recycler-for-' },
    },
  },
}

function recycled(policy: string, phase: string): JsonObject {
  return living('v', { spec: { persistentVolumeReclaimPolicy: policy }, status: { phase } })
}

export const nodeScenes: Readonly<Record<string, Scene>> = {
  ...kubelet,
  ...pods,
}
