import type { JsonObject } from '../../src/core/manifest/json.ts'

/** An object of a watched kind, as the API server sends it. */
export function watchedObject(name: string, version: number, rest: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'example.com/v1',
    kind: 'Gadget',
    metadata: { namespace: 'shop', name, resourceVersion: String(version) },
    ...rest,
  }
}
