import { at, stringAt, type Json } from '../../core/manifest/json.ts'
import { isGood } from '../../kubernetes/api.ts'
import { counted, printable } from '../output.ts'
import type { Session } from './cluster.ts'
import type { WantedOptions } from './wanted.ts'

/** How many writes a drain takes, by the Pods that are there; undefined for anything else. */
export async function writesOfDrain(
  { preset, target = '' }: WantedOptions,
  session: Session,
): Promise<number | undefined> {
  const node = target.split('/')[1] ?? ''
  if (preset !== 'drain' || node === '' || node.includes('*')) return undefined
  const { api, env } = session
  const selector = encodeURIComponent(`spec.nodeName=${node}`)
  const path = `/api/v1/pods?fieldSelector=${selector}`
  const answer = await api.send({ method: 'GET', path, signal: env.signal })
  const items = at(answer.body, 'items')
  // Who may not list Pods cannot drain either; RBAC is asked about it elsewhere.
  if (!isGood(answer) || !Array.isArray(items)) return undefined
  const evicted = (items as readonly Json[]).filter(isEvicted).length
  env.stderr.write(
    `${printable(`${node} has ${counted(evicted, 'Pods')} to evict: with the cordon ${counted(evicted + 1, 'writes')}`)}\n`,
  )
  return evicted + 1
}

/** kubectl leaves those of DaemonSets and of the kubelet, and what has ended. */
function isEvicted(pod: Json): boolean {
  const owners = at(pod, 'metadata', 'ownerReferences')
  const kinds = Array.isArray(owners)
    ? (owners as readonly Json[]).map((owner) => stringAt(owner, 'kind'))
    : []
  const phase = stringAt(pod, 'status', 'phase')
  const isOver = phase === 'Succeeded' || phase === 'Failed'
  return !isOver && !kinds.includes('DaemonSet') && !kinds.includes('Node')
}
