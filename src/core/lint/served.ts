/** A resource or subresource in one version, as discovery names it. */
export interface ServedResource {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly resource: string
  /** Empty: the resource itself. */
  readonly subresource: string
  readonly isNamespaced: boolean
  readonly verbs: readonly string[]
}

export interface Served {
  readonly resources: readonly ServedResource[]
  /** Groups whose own API server does not answer: what they serve is not known. */
  readonly stale: readonly string[]
}

const operations = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const
export type Operation = (typeof operations)[number]

const connecting: ReadonlySet<string> = new Set([
  'pods/exec',
  'pods/attach',
  'pods/portforward',
  'pods/proxy',
  'services/proxy',
  'nodes/proxy',
])

const operationOf: Readonly<Record<string, Operation>> = {
  create: 'CREATE',
  update: 'UPDATE',
  patch: 'UPDATE',
  delete: 'DELETE',
  deletecollection: 'DELETE',
}

/** What an admission webhook could be asked about; none where nothing can be written. */
export function operationsOf({
  group,
  resource,
  subresource,
  verbs,
}: ServedResource): readonly Operation[] {
  if (group === '' && connecting.has(`${resource}/${subresource}`)) return ['CONNECT']
  const found = new Set(verbs.map((verb) => operationOf[verb]))
  return operations.filter((operation) => found.has(operation))
}

/** `deployments.apps/scale`. */
export function servedName({
  group,
  resource,
  subresource,
}: Pick<ServedResource, 'group' | 'resource' | 'subresource'>): string {
  const main = group === '' ? resource : `${resource}.${group}`
  return subresource === '' ? main : `${main}/${subresource}`
}
