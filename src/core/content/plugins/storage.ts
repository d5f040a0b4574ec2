import { parseFieldPattern } from '../../manifest/field-path.ts'
import { defaultClass } from './default-class.ts'
import type { PluginRow } from './plugin.ts'

export const storageRows: readonly PluginRow[] = [
  {
    plugin: 'DefaultStorageClass',
    kind: 'v1 PersistentVolumeClaim',
    field: parseFieldPattern('spec.storageClassName'),
    needs: ['storageClasses'],
    isRight: (live, { facts }) =>
      live === defaultClass(facts.storageClasses, 'storageclass.kubernetes.io/is-default-class'),
  },
  protection('v1 PersistentVolumeClaim', 'kubernetes.io/pvc-protection'),
  protection('v1 PersistentVolume', 'kubernetes.io/pv-protection'),
  protection('storage.k8s.io/v1 VolumeAttributesClass', 'kubernetes.io/vac-protection'),
]

function protection(kind: string, finalizer: string): PluginRow {
  return {
    plugin: 'StorageObjectInUseProtection',
    kind,
    field: parseFieldPattern('metadata.finalizers[*]'),
    needs: [],
    isRight: (live) => live === finalizer,
  }
}
