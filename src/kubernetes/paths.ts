/** A collection of objects in the API. */
export interface ResourcePath {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  /** Plural, as in the URL. */
  readonly resource: string
  /** Empty for cluster-scoped resources. */
  readonly namespace: string
}

/** Of the collection, or of the object `name` in it. */
export function pathOf({ group, version, resource, namespace }: ResourcePath, name = ''): string {
  const root = group === '' ? ['api'] : ['apis', group]
  const middle = namespace === '' ? [] : ['namespaces', namespace]
  const parts = [...root, version, ...middle, resource, ...(name === '' ? [] : [name])]
  return `/${parts.map(encodeURIComponent).join('/')}`
}

/**
 * Whether an object can be called so: names come from what users write (ownerReferences), and one
 * that is empty or a path would ask for something else.
 */
export function isObjectName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/%]/.test(name)
}

/** `widgets.example.com`, `pods`. */
export function resourceName({
  group,
  resource,
}: Pick<ResourcePath, 'group' | 'resource'>): string {
  return group === '' ? resource : `${resource}.${group}`
}
