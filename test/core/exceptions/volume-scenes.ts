import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { living, type Scene } from './scenes.ts'
import type { World } from './world.ts'

// Conditions about volumes and claims.

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

export const volumeScenes: Readonly<Record<string, Scene>> = { ...volumes, ...claims }
