import type { EngineObjects } from '../../src/core/engines/engine-objects.ts'
import { referenceKey } from '../../src/core/engines/engine.ts'
import { stringAt, type JsonObject } from '../../src/core/manifest/json.ts'
import type { EngineReference } from '../../src/core/plans/plan.ts'

/** Objects as they are now, and as a watch saw them before, where that differs. */
export function fakeEngineObjects(
  live: readonly JsonObject[] = [],
  seen: readonly JsonObject[] = live,
): EngineObjects {
  const known = new Map(seen.map((object) => [referenceKey(referenceTo(object)), object]))
  const now = new Map(live.map((object) => [referenceKey(referenceTo(object)), object]))
  return {
    list: ({ group, kind }) =>
      [...known.values()].filter((object) => {
        const reference = referenceTo(object)
        return reference.group === group && reference.kind === kind
      }),
    get: (reference) => known.get(referenceKey(reference)),
    read: (reference) => Promise.resolve(now.get(referenceKey(reference))),
  }
}

function referenceTo(object: JsonObject): EngineReference {
  const apiVersion = stringAt(object, 'apiVersion') ?? ''
  return {
    group: apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '',
    kind: stringAt(object, 'kind') ?? '',
    namespace: stringAt(object, 'metadata', 'namespace') ?? '',
    name: stringAt(object, 'metadata', 'name') ?? '',
  }
}
