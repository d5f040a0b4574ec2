import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { living, type Scene } from './scenes.ts'
import type { World } from './world.ts'

// Conditions about nodes, Pods, volumes and claims.

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

const claimRef = { namespace: 'shop', name: 'data', uid: 'c' }
const claim = { 'PersistentVolumeClaim shop/data': living('c') }

function bound(ref: JsonObject | null): JsonObject {
  return { spec: { claimRef: ref } }
}

const liveClaim: Scene = {
  object: bound(claimRef),
  world: claim,
  breaks: {
    'the claim is gone': { world: {} },
    'another claim has its name': { world: { 'PersistentVolumeClaim shop/data': living('d') } },
    'the claim cannot be read': { world: { 'PersistentVolumeClaim shop/data': 'unreadable' } },
  },
}

const volumes: Readonly<Record<string, Scene>> = {
  'volume-binding': liveClaim,
  'scheduler-volumes': liveClaim,
  'volume-provisioning': {
    ...liveClaim,
    breaks: { ...liveClaim.breaks, 'it names none': { object: bound(null) } },
  },
  'claim-binding': {
    old: { metadata: { uid: 'c' } },
    object: { metadata: { uid: 'c' }, spec: { volumeName: 'pv1' } },
    world: volumeOf({ namespace: 'shop', name: 'thing', uid: 'c' }),
    breaks: {
      'the volume is gone': { world: {} },
      'the volume is bound to nobody': { world: volumeOf({}) },
      'the volume is bound to another namespace': {
        world: volumeOf({ namespace: 'x', name: 'thing', uid: 'c' }),
      },
      'the volume is bound to a former claim': {
        world: volumeOf({ namespace: 'shop', name: 'thing', uid: 'b' }),
      },
      'the volume cannot be read': { world: { 'PersistentVolume pv1': 'unreadable' } },
    },
  },
  'claim-default-class': {
    old: { spec: {} },
    object: { spec: { storageClassName: 'standard' } },
    world: storageClass('true'),
    breaks: {
      'the class is not the default': { world: storageClass('false') },
      'there is no such class': { world: {} },
      'it had a class': { old: { spec: { storageClassName: 'other' } } },
    },
  },
  'volume-deletion': {
    old: {
      spec: { persistentVolumeReclaimPolicy: 'Delete', claimRef },
    },
    breaks: {
      'the claim lives': { world: claim },
      'the claim cannot be read': { world: { 'PersistentVolumeClaim shop/data': 'unreadable' } },
      'it is to be kept': { old: { spec: { persistentVolumeReclaimPolicy: 'Retain', claimRef } } },
      'it was never bound': { old: { spec: { persistentVolumeReclaimPolicy: 'Delete' } } },
    },
  },
  'volume-attachment': {
    object: { spec: { nodeName: 'n1', source: { persistentVolumeName: 'pv1' } } },
    world: { 'Node n1': living('n'), 'PersistentVolume pv1': living('v') },
    breaks: {
      'the Node is gone': { world: { 'PersistentVolume pv1': living('v') } },
      'the volume is gone': { world: { 'Node n1': living('n') } },
      'no Node is named': { object: { spec: { nodeName: '' } } },
    },
  },
}

function volumeOf(ref: JsonObject): World {
  return { 'PersistentVolume pv1': living('v', { spec: { claimRef: ref } }) }
}

function storageClass(isDefault: string): World {
  const annotations = { 'storageclass.kubernetes.io/is-default-class': isDefault }
  return { 'StorageClass standard': living('s', {}, { annotations }) }
}

const template = {
  metadata: { name: 'the-data' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
}
const made = { spec: { ...template.spec, storageClassName: 'standard', volumeMode: 'Filesystem' } }

function statefulSet(policy: JsonObject = {}): World {
  return {
    'StatefulSet shop/my-db': living('s', {
      spec: { volumeClaimTemplates: [template], persistentVolumeClaimRetentionPolicy: policy },
    }),
    'Pod shop/my-db-3': living('p'),
  }
}

function tied(kind: string, name: string, uid: string): JsonObject {
  const apiVersion = kind === 'Pod' ? 'v1' : 'apps/v1'
  return { metadata: { ownerReferences: [{ apiVersion, kind, name, uid, controller: true }] } }
}

const ephemeral = { name: 'space', ephemeral: { volumeClaimTemplate: { spec: template.spec } } }

const claims: Readonly<Record<string, Scene>> = {
  'statefulset-claims': {
    name: 'the-data-my-db-3',
    object: made,
    world: statefulSet(),
    breaks: {
      'no set is called so': { name: 'the-data-your-db-3' },
      'no template is called so': { name: 'data-my-db-3' },
      'there is no ordinal': { name: 'the-data-my-db-x' },
      'the set is gone': { world: {} },
      'the set cannot be read': { world: { 'StatefulSet shop/my-db': 'unreadable' } },
      'more is asked for': {
        object: { spec: { ...made.spec, resources: { requests: { storage: '9Gi' } } } },
      },
      'it copies from elsewhere': {
        object: { spec: { ...made.spec, dataSource: { kind: 'Pvc', name: 'x' } } },
      },
      'it is bound already': { object: { spec: { ...made.spec, volumeName: 'pv1' } } },
      'it leaves something out': { object: { spec: { accessModes: ['ReadWriteOnce'] } } },
      'somebody owns it': { object: { ...made, ...tied('StatefulSet', 'my-db', 's') } },
    },
  },
  'statefulset-claim-retention': {
    name: 'the-data-my-db-3',
    object: tied('StatefulSet', 'my-db', 's'),
    world: statefulSet({ whenDeleted: 'Delete' }),
    breaks: {
      'the policy says otherwise': { world: statefulSet({ whenDeleted: 'Retain' }) },
      'the Pod is not to take it along': { object: tied('Pod', 'my-db-3', 'p') },
      'it is another Pod': {
        object: tied('Pod', 'my-db-4', 'p'),
        world: statefulSet({ whenScaled: 'Delete' }),
      },
      'it is another set': { object: tied('StatefulSet', 'other', 's') },
      'the uid is that of a former set': { object: tied('StatefulSet', 'my-db', 'r') },
      'the claim is of no set': { name: 'data' },
      'it is tied to something else': { object: tied('Widget', 'my-db', 's') },
    },
  },
  'ephemeral-claims': {
    name: 'web-space',
    object: { ...made, ...tied('Pod', 'web', 'p') },
    world: { 'Pod shop/web': living('p', { spec: { volumes: [ephemeral] } }) },
    breaks: {
      'the Pod is gone': { world: {} },
      'another Pod has its name': { world: { 'Pod shop/web': living('q') } },
      'no volume is called so': { name: 'web-other' },
      'the volume is no ephemeral one': {
        world: { 'Pod shop/web': living('p', { spec: { volumes: [{ name: 'space' }] } }) },
      },
      'it is not what the volume says': {
        object: { ...tied('Pod', 'web', 'p'), spec: { accessModes: ['ReadWriteMany'] } },
      },
    },
  },
}

export const nodeScenes: Readonly<Record<string, Scene>> = {
  ...kubelet,
  ...pods,
  ...volumes,
  ...claims,
}
