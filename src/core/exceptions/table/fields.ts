/** What every object has once it is created, before anybody says anything about it. */
export const identityFields = [
  'apiVersion',
  'kind',
  'metadata.name',
  'metadata.generateName',
  'metadata.namespace',
  'metadata.uid',
  'metadata.creationTimestamp',
  'metadata.generation',
  'metadata.resourceVersion',
  'metadata.managedFields',
] as const

/** The fields of a CREATE: those above and these. */
export function created(...fields: readonly string[]): readonly string[] {
  return [...identityFields, ...fields]
}
