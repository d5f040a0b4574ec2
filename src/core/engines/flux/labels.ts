import { stringAt, type Json } from '../../manifest/json.ts'
import type { EngineReference, Plan } from '../../plans/plan.ts'
import type { Marks } from '../engine.ts'
import { helmGroup, kustomizeGroup } from './kinds.ts'
import { isObjectName } from './object-fields.ts'

const owners = [
  { group: kustomizeGroup, kind: 'Kustomization' },
  { group: helmGroup, kind: 'HelmRelease' },
] as const

/**
 * By the labels of kustomize-controller or helm-controller. An object that passed from one to the other
 * may carry both: then nobody can tell whose write it is, and it names neither.
 */
export function namedBy(object: Json): EngineReference | undefined {
  const named = owners.flatMap(({ group, kind }) => {
    const name = label(object, `${group}/name`)
    const namespace = label(object, `${group}/namespace`)
    return name === undefined && namespace === undefined ? [] : [{ group, kind, namespace, name }]
  })
  const [only, second] = named
  if (only === undefined || second !== undefined) return undefined
  const { name, namespace } = only
  return isObjectName(name) && isObjectName(namespace) ? { ...only, name, namespace } : undefined
}

function label(object: Json, key: string): string | undefined {
  return stringAt(object, 'metadata', 'labels', key)
}

const nothing: Marks = { labels: {}, annotations: {} }

/** helm-controller has Helm put its own marks beside those that name the HelmRelease. */
export function marks({ engine, helm, namespace }: Plan): Marks {
  const owner = owners.find(({ group, kind }) => engine?.group === group && engine.kind === kind)
  if (engine === undefined || owner === undefined) return nothing
  const labels = {
    [`${engine.group}/name`]: engine.name,
    [`${engine.group}/namespace`]: engine.namespace,
  }
  if (owner.kind === 'Kustomization' || helm === undefined) return { labels, annotations: {} }
  return {
    labels: { ...labels, 'app.kubernetes.io/managed-by': 'Helm' },
    annotations: {
      'meta.helm.sh/release-name': helm.releaseName,
      'meta.helm.sh/release-namespace': namespace,
    },
  }
}
