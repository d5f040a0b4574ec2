import { at, stringAt, type Json } from '../../manifest/json.ts'
import type { Condition, Write } from '../row.ts'
import { isTerminating, listAt, objectOf } from './metadata.ts'

/** The Pod is done, its node is gone, it never had one and is being deleted, or its node is lost. */
export const isGarbagePod: Condition = {
  says: 'it is done, its node is gone or out of service, or it is being deleted without a node',
  async holds(write) {
    const pod = objectOf(write.request)
    if (isDone(pod)) return true
    const node = stringAt(pod, 'spec', 'nodeName') ?? ''
    if (node === '') return isTerminating(pod)
    const live = await readNode(write, node)
    if (live.kind === 'absent') return true
    const taints = live.kind === 'found' ? listAt(live.object, 'spec', 'taints') : []
    return (
      isTerminating(pod) &&
      taints.some((taint) => stringAt(taint, 'key') === 'node.kubernetes.io/out-of-service')
    )
  },
}

/** The Pod's node repels what already runs there, or is gone. */
export const isOnTaintedNode: Condition = {
  says: 'its node has a NoExecute taint, or is gone',
  async holds(write) {
    const node = stringAt(objectOf(write.request), 'spec', 'nodeName') ?? ''
    if (node === '') return false
    const live = await readNode(write, node)
    if (live.kind !== 'found') return live.kind === 'absent'
    return listAt(live.object, 'spec', 'taints').some(
      (taint) => stringAt(taint, 'effect') === 'NoExecute',
    )
  },
}

/** The review of a CONNECT does not carry the Pod. */
export function isPodOf(account: string): Condition {
  return {
    says: `the Pod runs as ${account}`,
    async holds({ request, read }) {
      const { namespace, name } = request
      const live = await read({ group: '', version: 'v1', kind: 'Pod', namespace, name })
      return (
        live.kind === 'found' && stringAt(live.object, 'spec', 'serviceAccountName') === account
      )
    },
  }
}

/** The scheduler marks its victims before it deletes them. */
export const isPreempted: Condition = {
  says: 'it is marked as a target of preemption by the scheduler',
  holds({ request }) {
    const conditions = listAt(objectOf(request), 'status', 'conditions')
    return conditions.some(
      (condition) =>
        stringAt(condition, 'type') === 'DisruptionTarget' &&
        stringAt(condition, 'status') === 'True' &&
        stringAt(condition, 'reason') === 'PreemptionByScheduler',
    )
  },
}

/** The Pod claims devices, which may be tainted. */
export const claimsDevices: Condition = {
  says: 'it claims devices',
  holds: ({ request }) =>
    listAt(objectOf(request), 'spec', 'resourceClaims').length > 0 ||
    at(objectOf(request), 'status', 'extendedResourceClaimStatus') !== undefined,
}

/** The binding puts the Pod onto a node and does nothing else to it. */
export const bindsToNode: Condition = {
  says: 'it binds the Pod that it names to a Node',
  holds: ({ request }) =>
    stringAt(request.object ?? {}, 'target', 'kind') === 'Node' &&
    stringAt(request.object ?? {}, 'metadata', 'name') === request.name,
}

/** A PersistentVolume that is to be recycled is scrubbed by a Pod of this name. */
export const scrubsVolume: Condition = {
  says: 'its name is recycler-for- and a released PersistentVolume with the policy Recycle',
  async holds({ request, read }) {
    const [, name = ''] = /^recycler-for-(.+)$/.exec(request.name) ?? []
    if (name === '') return false
    const kind = { group: '', version: 'v1', kind: 'PersistentVolume', namespace: '' }
    const live = await read({ ...kind, name })
    if (live.kind === 'absent') return request.operation === 'DELETE'
    const volume = live.kind === 'found' ? live.object : undefined
    return (
      stringAt(volume, 'spec', 'persistentVolumeReclaimPolicy') === 'Recycle' &&
      (request.operation === 'DELETE' || stringAt(volume, 'status', 'phase') === 'Released')
    )
  },
}

function isDone(pod: Json): boolean {
  const phase = stringAt(pod, 'status', 'phase')
  return phase === 'Succeeded' || phase === 'Failed'
}

function readNode({ read }: Write, name: string) {
  return read({ group: '', version: 'v1', kind: 'Node', namespace: '', name })
}
