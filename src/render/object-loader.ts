import { parseJson } from '../core/admission/parse-json.ts'
import { GuardError } from '../core/errors.ts'
import { placeIn } from '../core/manifest/documents.ts'
import { isJsonObject, type JsonObject } from '../core/manifest/json.ts'
import { planName, type Plan } from '../core/plans/plan.ts'
import type { DeclaredObject } from '../core/provenance/declarations.ts'
import { placeOf, type Hit } from './looking-up.ts'
import type { TreeIndexes } from './tree-indexes.ts'
import { WeightedCache } from './weighted-cache.ts'

/** Objects that requests were about, by digest: equal digests say the same. */
export class ObjectLoader {
  readonly #indexes: TreeIndexes
  readonly #objects: WeightedCache<JsonObject>

  constructor(indexes: TreeIndexes, bytes: number) {
    this.#indexes = indexes
    this.#objects = new WeightedCache(bytes)
  }

  /** Undefined if it has to be read again. */
  peek(hit: Hit, plans: readonly Plan[]): DeclaredObject | undefined {
    const object = this.#objects.get(hit.entry.digest)
    return object === undefined ? undefined : toDeclared(hit, object, plans)
  }

  async load(hit: Hit, plans: readonly Plan[]): Promise<DeclaredObject> {
    return this.peek(hit, plans) ?? toDeclared(hit, await this.#readAgain(hit), plans)
  }

  /** As it was when it was indexed: a request that is repeated must not pay for it again. */
  async #readAgain({ at, entry }: Hit): Promise<JsonObject> {
    const reading = await this.#indexes.reading(at, entry)
    const found = reading.objects[entry.ordinal]
    const isSame = found?.places.some((place) => place.digest === entry.digest) === true
    const read = isSame ? parseJson(Buffer.from(found.text)) : undefined
    if (!isJsonObject(read)) {
      throw new GuardError('RenderFailed', `${placeOf({ at, entry })} cannot be read again`)
    }
    const object = placeIn(read, entry.id.namespace)
    this.#objects.set(entry.digest, object, 3 * (found?.text.length ?? 0) + 1000)
    return object
  }
}

function toDeclared(
  { at, entry }: Hit,
  object: JsonObject,
  plans: readonly Plan[],
): DeclaredObject {
  const { repository, source: plan, commit } = at
  const { id, apiVersion, generateName, file, line, digest, isEncrypted } = entry
  const { branch } = plan
  const source = planName(plan)
  return {
    id,
    apiVersion,
    generateName,
    repository,
    commit,
    branch,
    plans,
    source,
    file,
    line,
    digest,
    ...(isEncrypted === true ? { isEncrypted } : {}),
    object,
  }
}
