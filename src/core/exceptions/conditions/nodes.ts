import { nodeNameOf } from '../../identity/built-in-subject.ts'
import { at, stringAt, type Json } from '../../manifest/json.ts'
import type { Condition, Write } from '../row.ts'
import { labelsOf, objectOf, ownersOf, sameObject, type OwnerReference } from './metadata.ts'

// Like the API server's NodeRestriction plugin, which a cluster may run without.

/** A kubelet writes the object that has the name of its node. */
export const isOwnName: Condition = {
  says: 'it has the name of the node itself',
  holds: ({ request }) => request.name !== '' && request.name === nodeOf(request.user.username),
}

/** The labels that a kubelet adds, changes or removes are its to set. */
export const changesKubeletLabels: Condition = {
  says: 'the labels that change are those that a kubelet sets',
  holds({ request }) {
    const [old, next] = [labelsOf(request.oldObject ?? {}), labelsOf(request.object ?? {})]
    return [...new Set([...Object.keys(old), ...Object.keys(next)])]
      .filter((key) => at(old, key) !== at(next, key))
      .every(isKubeletLabel)
  },
}

/** The Pod is bound to the node. */
export const isOwnPod: Condition = {
  says: 'the Pod is bound to the node itself',
  holds: ({ request }) => isOn(objectOf(request), request.user.username),
}

/** A mirror Pod shows a static one: bound to this node, owned by it, without a service account. */
export const isMirrorPod: Condition = {
  says: 'it mirrors a static Pod of the node: bound to it, owned by the live Node alone',
  async holds({ request, read }) {
    const pod = request.object ?? {}
    const [owner, ...others] = ownersOf(pod) ?? []
    if (owner === undefined || others.length > 0 || !isMirrorOn(pod, request.user.username)) {
      return false
    }
    if (!isNode(owner, request.user.username)) return false
    const reference = { group: '', version: 'v1', kind: 'Node', namespace: '', name: owner.name }
    return sameObject(await read(reference), owner.uid) !== undefined
  },
}

function isMirrorOn(pod: Json, username: string): boolean {
  const mark = at(pod, 'metadata', 'annotations', 'kubernetes.io/config.mirror')
  const account = stringAt(pod, 'spec', 'serviceAccountName') ?? ''
  return mark !== undefined && account === '' && isOn(pod, username)
}

function isNode(owner: OwnerReference, username: string): boolean {
  const { group, kind, name, isController } = owner
  return group === '' && kind === 'Node' && name === nodeOf(username) && isController
}

/** The token is bound to a live Pod of this node, which runs as the account. */
export const isTokenOfOwnPod: Condition = {
  says: 'the token is bound to a live Pod of the node that runs as the account (uid compared)',
  async holds(write) {
    const bound = at(write.request.object ?? {}, 'spec', 'boundObjectRef')
    if (stringAt(bound, 'kind') !== 'Pod' || stringAt(bound, 'apiVersion') !== 'v1') return false
    const pod = await podOf(write, stringAt(bound, 'name') ?? '', stringAt(bound, 'uid') ?? '')
    return stringAt(pod, 'spec', 'serviceAccountName') === write.request.name
  },
}

/** The certificate is for a live Pod of this node. */
export const isCertificateOfOwnPod: Condition = {
  says: 'it asks for a certificate of a live Pod of the node (uid compared)',
  async holds(write) {
    const spec = at(write.request.object ?? {}, 'spec')
    const name = stringAt(spec, 'podName') ?? ''
    const pod = await podOf(write, name, stringAt(spec, 'podUID') ?? '')
    return stringAt(spec, 'nodeName') === nodeOf(write.request.user.username) && pod !== undefined
  },
}

/** Devices are published for each node. */
export const isOwnSlice: Condition = {
  says: 'it is about devices of the node itself',
  holds: ({ request }) => isOn(objectOf(request), request.user.username),
}

async function podOf({ request, read }: Write, name: string, uid: string) {
  if (name === '' || uid === '') return undefined
  const { namespace } = request
  const pod = sameObject(
    await read({ group: '', version: 'v1', kind: 'Pod', namespace, name }),
    uid,
  )
  return pod !== undefined && isOn(pod, request.user.username) ? pod : undefined
}

function isOn(object: Json, username: string): boolean {
  const name = nodeOf(username)
  return name !== '' && stringAt(object, 'spec', 'nodeName') === name
}

function nodeOf(username: string): string {
  return nodeNameOf(username) ?? ''
}

const labels: ReadonlySet<string> = new Set([
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'beta.kubernetes.io/os',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'kubernetes.io/arch',
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
])

/** Outside of Kubernetes' own prefixes a kubelet is free, as its flag --node-labels is. */
function isKubeletLabel(key: string): boolean {
  const prefix = key.includes('/') ? (key.split('/', 1)[0] ?? '') : ''
  const isIn = (domain: string) => prefix === domain || prefix.endsWith(`.${domain}`)
  if (isIn('node-restriction.kubernetes.io')) return false
  if (!isIn('kubernetes.io') && !isIn('k8s.io')) return true
  return labels.has(key) || isIn('kubelet.kubernetes.io') || isIn('node.kubernetes.io')
}
