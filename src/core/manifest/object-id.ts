/** One object of a cluster, independent of the API version it is read in. */
export interface ObjectId {
  /** Empty for the core group. */
  readonly group: string
  readonly kind: string
  /** Empty for cluster-scoped objects. */
  readonly namespace: string
  readonly name: string
}

/** A key for maps: no part may contain a newline, which Kubernetes names never do. */
export function objectKey(id: ObjectId): string {
  return `${id.group}\n${id.kind}\n${id.namespace}\n${id.name}`
}
