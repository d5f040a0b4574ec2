import type { EngineObjects } from '../core/engines/engine-objects.ts'
import type { JsonObject } from '../core/manifest/json.ts'
import { keptOf } from '../kubernetes/kept-fields.ts'

type Kind = Parameters<EngineObjects['list']>[0]
type Reference = Parameters<EngineObjects['get']>[0]

/** Objects that nobody changes: what was seen last is what there is. */
interface StillObjects {
  readonly ofKind: (kind: Kind) => readonly JsonObject[]
  readonly find: (reference: Reference) => JsonObject | undefined
}

/** Engine objects from files, as a watch would keep them. */
export function engineObjectsOf({ ofKind, find }: StillObjects): EngineObjects {
  const get = (reference: Reference) => {
    const object = find(reference)
    return object === undefined ? undefined : keptOf(reference, object)
  }
  return {
    list: (kind) => ofKind(kind).map((object) => keptOf(kind, object)),
    get,
    read: (reference) => Promise.resolve(get(reference)),
  }
}
