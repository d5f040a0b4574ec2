import type { ObjectId } from './object-id.ts'

/** How people name an object: what they leave out may be anything. */
export interface ObjectReference {
  /** A kind, or a resource in the singular, the plural or kubectl's short form; lower case. */
  readonly type: string
  readonly group?: string
  readonly namespace?: string
  readonly name: string
}

const shortNames: ReadonlyMap<string, string> = new Map([
  ['cj', 'cronjob'],
  ['cm', 'configmap'],
  ['crd', 'customresourcedefinition'],
  ['deploy', 'deployment'],
  ['ds', 'daemonset'],
  ['ep', 'endpoints'],
  ['hpa', 'horizontalpodautoscaler'],
  ['ing', 'ingress'],
  ['netpol', 'networkpolicy'],
  ['no', 'node'],
  ['ns', 'namespace'],
  ['pc', 'priorityclass'],
  ['pdb', 'poddisruptionbudget'],
  ['po', 'pod'],
  ['pv', 'persistentvolume'],
  ['pvc', 'persistentvolumeclaim'],
  ['quota', 'resourcequota'],
  ['rs', 'replicaset'],
  ['sa', 'serviceaccount'],
  ['sc', 'storageclass'],
  ['sts', 'statefulset'],
  ['svc', 'service'],
])

/** `deployments.apps pay/api`, `Deployment.apps/pay/api`, `deploy/api`; undefined for anything else. */
export function parseReference(words: readonly string[]): ObjectReference | undefined {
  const [type = '', ...more] = words
  if (more.length > 1 || (more.length === 1 && type.includes('/'))) return undefined
  const match = /^([^/.]+)(?:\.([^/]+))?\/(?:([^/]+)\/)?([^/]+)$/.exec(words.join('/'))
  if (match === null) return undefined
  const [, resource = '', group, namespace, name = ''] = match
  return {
    type: resource.toLowerCase(),
    ...(group === undefined ? {} : { group }),
    ...(namespace === undefined ? {} : { namespace }),
    name,
  }
}

/** Nobody asks a cluster here, so a plural is told by how English makes it. */
export function isReferred(reference: ObjectReference, id: ObjectId): boolean {
  const { type, group = id.group, namespace = id.namespace, name } = reference
  const isSame = group === id.group && namespace === id.namespace && name === id.name
  return isSame && namesOf(id.kind).includes(shortNames.get(type) ?? type)
}

function namesOf(kind: string): readonly string[] {
  const one = kind.toLowerCase()
  return [one, `${one}s`, `${one}es`, one.replace(/y$/, 'ies')]
}
