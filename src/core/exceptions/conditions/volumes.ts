import { at, stringAt, type Json } from '../../manifest/json.ts'
import type { Condition, Write } from '../row.ts'
import { objectOf, sameObject, uidOf } from './metadata.ts'

const core = { group: '', version: 'v1' } as const

/** The volume is bound to a live claim (uid compared), or is let go. */
export const bindsLiveClaim: Condition = {
  says: 'spec.claimRef names a live claim (uid compared), or none any more',
  async holds(write) {
    const claim = at(write.request.object ?? {}, 'spec', 'claimRef')
    if ((stringAt(claim, 'uid') ?? '') === '') return true
    return (await liveClaim(write, claim)) !== undefined
  },
}

/** The claim is bound to a live volume that is bound to this claim. */
export const isBoundBack: Condition = {
  says: 'the volume that it is bound to is bound to it (uid compared)',
  async holds({ request, read }) {
    const name = stringAt(request.object ?? {}, 'spec', 'volumeName') ?? ''
    if (name === '') return false
    const live = await read({ ...core, kind: 'PersistentVolume', namespace: '', name })
    const claim = live.kind === 'found' ? at(live.object, 'spec', 'claimRef') : undefined
    return (
      stringAt(claim, 'namespace') === request.namespace &&
      stringAt(claim, 'name') === request.name &&
      stringAt(claim, 'uid') === uidOf(request.oldObject ?? {})
    )
  },
}

/** The volume is provisioned for a claim that waits for it. */
export const isForLiveClaim: Condition = {
  says: 'it is made for a live claim (uid compared)',
  async holds(write) {
    const claim = at(write.request.object ?? {}, 'spec', 'claimRef')
    return (await liveClaim(write, claim)) !== undefined
  },
}

/** Nobody claims the volume any more, and it is to be deleted then. */
export const isReleasedForDeletion: Condition = {
  says: 'its reclaim policy is Delete and the claim that it was bound to is gone',
  async holds(write) {
    const spec = at(objectOf(write.request), 'spec')
    const claim = at(spec, 'claimRef')
    if (stringAt(spec, 'persistentVolumeReclaimPolicy') !== 'Delete') return false
    const [name, uid] = [stringAt(claim, 'name') ?? '', stringAt(claim, 'uid') ?? '']
    if (name === '' || uid === '') return false
    const live = await readClaim(write, claim)
    return live.kind === 'absent' || (live.kind === 'found' && uidOf(live.object) !== uid)
  },
}

/** A claim that names no class gets the default one. */
export const getsDefaultClass: Condition = {
  says: 'it had no storage class, and gets the one that is marked as the default',
  async holds({ request, read }) {
    const name = stringAt(request.object ?? {}, 'spec', 'storageClassName') ?? ''
    if (name === '' || at(request.oldObject ?? {}, 'spec', 'storageClassName') !== undefined) {
      return false
    }
    const kind = { group: 'storage.k8s.io', version: 'v1', kind: 'StorageClass', namespace: '' }
    const live = await read({ ...kind, name })
    const annotations =
      live.kind === 'found' ? at(live.object, 'metadata', 'annotations') : undefined
    return stringAt(annotations, 'storageclass.kubernetes.io/is-default-class') === 'true'
  },
}

/** A volume is attached to a node for Pods there. */
export const attachesLiveVolume: Condition = {
  says: 'the Node and the PersistentVolume that it names, if any, exist',
  async holds({ request, read }) {
    const spec = at(request.object ?? {}, 'spec')
    const node = stringAt(spec, 'nodeName') ?? ''
    const volume = stringAt(spec, 'source', 'persistentVolumeName')
    const exists = async (kind: string, name: string) =>
      name !== '' && (await read({ ...core, kind, namespace: '', name })).kind === 'found'
    if (!(await exists('Node', node))) return false
    return volume === undefined || (await exists('PersistentVolume', volume))
  },
}

async function liveClaim(write: Write, claim: Json | undefined) {
  if ((stringAt(claim, 'name') ?? '') === '') return undefined
  return sameObject(await readClaim(write, claim), stringAt(claim, 'uid') ?? '')
}

function readClaim({ read }: Write, claim: Json | undefined) {
  const namespace = stringAt(claim, 'namespace') ?? ''
  const name = stringAt(claim, 'name') ?? ''
  return read({ ...core, kind: 'PersistentVolumeClaim', namespace, name })
}
