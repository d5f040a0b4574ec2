import { groupVersion } from '../../exceptions/conditions/metadata.ts'
import { at, stringAt, type Json } from '../../manifest/json.ts'
import type { ObjectId } from '../../manifest/object-id.ts'
import type { EngineReference, Plan } from '../../plans/plan.ts'
import type { Marks } from '../engine.ts'
import { group, hookFinalizer } from './names.ts'

const trackingId = 'argocd.argoproj.io/tracking-id'
const instanceLabel = 'app.kubernetes.io/instance'
const longestLabel = 63

type Application = Pick<EngineReference, 'namespace' | 'name'>

/** `web`, or `team_web` for an Application outside the namespace of the install. */
export function instanceName({ namespace, name }: Application, install: string): string {
  return namespace === install ? name : `${namespace}_${name}`
}

/**
 * The Application by the tracking id, which must name this very object: Argo CD prunes by it, and
 * controllers copy annotations to what they make. The label of the same purpose counts only without one.
 */
export function namedBy(object: Json, install: string): EngineReference | undefined {
  const id = at(object, 'metadata', 'annotations', trackingId)
  if (id === undefined) return applicationOf(labelOf(object), install)
  if (typeof id !== 'string') return undefined
  const [instance = '', type = '', ...rest] = id.split(':')
  const isItsOwn = type === typeOf(object) && isPlaceOf(rest.join(':'), object)
  return isItsOwn ? applicationOf(instance, install) : undefined
}

/**
 * The id as declared: of a hook with a generateName the tracking id has no name. Argo CD marks by
 * annotation, by label, or both, and no CustomResourceDefinition at all.
 */
export function marks({ engine, namespace }: Plan, id: ObjectId, install: string): Marks {
  const isOurs = engine?.group === group && engine.kind === 'Application'
  if (!isOurs || isDefinition(id)) return { labels: {}, annotations: {} }
  const instance = instanceName(engine, install)
  const place = `${id.namespace === '' ? namespace : id.namespace}/${id.name}`
  return {
    labels: { [instanceLabel]: toLabel(instance) },
    annotations: { [trackingId]: `${instance}:${id.group}/${id.kind}:${place}` },
    finalizers: [hookFinalizer],
  }
}

function isDefinition({ group, kind }: ObjectId): boolean {
  return group === 'apiextensions.k8s.io' && kind === 'CustomResourceDefinition'
}

function labelOf(object: Json): string {
  return stringAt(object, 'metadata', 'labels', instanceLabel) ?? ''
}

function typeOf(object: Json): string {
  const { group } = groupVersion(stringAt(object, 'apiVersion') ?? '')
  return `${group}/${stringAt(object, 'kind') ?? ''}`
}

/** For what has no namespace, the id says the one that the Application writes to. */
function isPlaceOf(place: string, object: Json): boolean {
  const [namespace = '', name = '', ...more] = place.split('/')
  const own = stringAt(object, 'metadata', 'namespace') ?? ''
  return more.length === 0 && (own === '' || own === namespace) && isNameOf(name, object)
}

function isNameOf(name: string, object: Json): boolean {
  const own = stringAt(object, 'metadata', 'name') ?? ''
  if (name !== '') return name === own
  const prefix = stringAt(object, 'metadata', 'generateName') ?? ''
  return prefix !== '' && (own === '' || own.startsWith(prefix))
}

function applicationOf(instance: string, install: string): EngineReference | undefined {
  const [name = '', namespace = install, ...more] = instance.split('_').toReversed()
  if (more.length > 0 || !isName(name) || !isName(namespace)) return undefined
  return { group, kind: 'Application', namespace, name }
}

function isName(text: string): boolean {
  return /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/.test(text)
}

/** As Argo CD cuts it: to what fits, and back to a letter or digit. */
function toLabel(instance: string): string {
  if (instance.length <= longestLabel) return instance
  return instance.slice(0, longestLabel).replace(/[^a-zA-Z0-9]+$/, '')
}
