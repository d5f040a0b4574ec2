import { stringAt, type JsonObject } from '../../manifest/json.ts'

/** The class that the API server takes where none is named: of several defaults the newest, then by name. */
export function defaultClass(
  classes: readonly JsonObject[],
  annotation: string,
): string | undefined {
  const [first] = classes
    .filter((one) => stringAt(one, 'metadata', 'annotations', annotation) === 'true')
    .toSorted((a, b) => compare(createdAt(b), createdAt(a)) || compare(nameOf(a), nameOf(b)))
  return first === undefined ? undefined : nameOf(first)
}

function createdAt(object: JsonObject): string {
  return stringAt(object, 'metadata', 'creationTimestamp') ?? ''
}

function nameOf(object: JsonObject): string {
  return stringAt(object, 'metadata', 'name') ?? ''
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
