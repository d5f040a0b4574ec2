import { at, stringAt, type Json } from '../../manifest/json.ts'
import type { Condition, Write } from '../row.ts'
import { groupVersion, sameObject, uidOf } from './metadata.ts'

/**
 * An autoscaler of the namespace targets the object, and the count lies between its bounds. A Scale
 * has the uid of what it scales, so the target's own uid tells which resource its kind stands for.
 */
export const isAutoscaled: Condition = {
  says: 'a HorizontalPodAutoscaler of the namespace targets it and allows that count',
  async holds(write) {
    const { namespace, object } = write.request
    const kind = { group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler', namespace }
    const found = await write.list(kind)
    const replicas = at(object ?? {}, 'spec', 'replicas') ?? 0
    if (found.kind !== 'found' || typeof replicas !== 'number') return false
    for (const autoscaler of found.objects) {
      if (isWithin(replicas, at(autoscaler, 'spec')) && (await targets(write, autoscaler)))
        return true
    }
    return false
  },
}

function isWithin(replicas: number, spec: Json | undefined): boolean {
  const most = at(spec, 'maxReplicas')
  const least = at(spec, 'minReplicas') ?? 1
  return (
    typeof most === 'number' && typeof least === 'number' && replicas >= least && replicas <= most
  )
}

async function targets(write: Write, autoscaler: Json): Promise<boolean> {
  const { namespace, name, resource, oldObject } = write.request
  const target = at(autoscaler, 'spec', 'scaleTargetRef')
  const { group, version } = groupVersion(stringAt(target, 'apiVersion') ?? '')
  if (stringAt(target, 'name') !== name || group !== resource.group) return false
  const kind = stringAt(target, 'kind') ?? ''
  const live = await write.read({ group, version, kind, namespace, name })
  return sameObject(live, uidOf(oldObject ?? {})) !== undefined
}
