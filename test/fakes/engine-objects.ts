import type { EngineObjects } from '../../src/core/engines/engine-objects.ts'
import { referenceKey } from '../../src/core/engines/engine.ts'
import { GuardError } from '../../src/core/errors.ts'
import { stringAt, type JsonObject } from '../../src/core/manifest/json.ts'
import type { EngineReference } from '../../src/core/plans/plan.ts'

interface Reads {
  /** `Kind.group namespace/name` of each live read, in order. */
  readonly asked?: string[]
  /** What our account may not read, or the API server does not answer for. */
  readonly unreachable?: readonly string[]
}

/**
 * Objects as they are now, and as a watch saw them before, where that differs. A live read brings what
 * is watched up to date; ConfigMaps and Secrets are not.
 */
export function fakeEngineObjects(
  live: readonly JsonObject[] = [],
  seen: readonly JsonObject[] = live,
  { asked = [], unreachable = [] }: Reads = {},
): EngineObjects {
  const watched = seen.filter((object) => referenceTo(object).group !== '')
  const known = new Map(watched.map((object) => [referenceKey(referenceTo(object)), object]))
  const now = new Map(live.map((object) => [referenceKey(referenceTo(object)), object]))
  return {
    list: ({ group, kind }) =>
      [...known.values()].filter((object) => {
        const reference = referenceTo(object)
        return reference.group === group && reference.kind === kind
      }),
    get: (reference) => known.get(referenceKey(reference)),
    read: (reference) => {
      const key = referenceKey(reference)
      asked.push(key)
      if (unreachable.includes(key)) {
        return Promise.reject(
          new GuardError('ClusterUnreachable', `our account may not get ${key}`),
        )
      }
      const object = now.get(key)
      if (object === undefined) known.delete(key)
      else if (reference.group !== '') known.set(key, object)
      return Promise.resolve(object)
    },
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
