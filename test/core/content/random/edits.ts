import { isSameJson } from '../../../../src/core/content/json-equality.ts'
import { declaredValue } from '../../../../src/core/content/declared-value.ts'
import { exactField, exactPosition } from '../../../../src/core/content/exact.ts'
import type { Position } from '../../../../src/core/content/position.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../../src/core/manifest/json.ts'
import { fieldsOf, isTheServers, randomValue, type Kind } from './declared.ts'
import type { Random } from './random.ts'
import { anotherScalar } from './scalars.ts'
import { defaultOf } from './stored-form.ts'

/** A stored object that says something else than what is declared, and how it was made. */
export interface Edited {
  readonly what: string
  readonly object: JsonObject
}

/** A place in a stored object, and what is declared there. */
interface Place {
  readonly path: readonly (string | number)[]
  /** Keys alone. */
  readonly keys: readonly string[]
  readonly position: Position
  readonly stored: Json
  readonly declared: Json | undefined
}

interface Scene {
  readonly kind: Kind
  readonly random: Random
  readonly object: JsonObject
  readonly declared: JsonObject
}

/** Undefined where nothing can be changed in that way. */
type Edit = (places: readonly Place[], scene: Scene) => Edited | undefined

/** One random edit away from what is declared. */
export function edited(scene: Scene): Edited | undefined {
  const { kind, object, declared } = scene
  const root = { path: [], keys: [], position: kind.position, stored: object, declared }
  const places = placesBelow(root).filter(({ keys }) => !isOutOfReach(kind, keys))
  for (const edit of scene.random.shuffled(edits)) {
    const made = edit(scene.random.shuffled(places), scene)
    if (made !== undefined) return made
  }
  return undefined
}

function isOutOfReach(kind: Kind, keys: readonly string[]): boolean {
  return keys[0] === 'apiVersion' || keys[0] === 'kind' || isTheServers(kind, keys)
}

const edits: readonly Edit[] = [
  function changes(places, scene) {
    return changed(places, scene, ({ declared }) => isDeclared(declared))
  },
  function changesDefault(places, scene) {
    return changed(places, scene, ({ declared }) => !isDeclared(declared))
  },
  function removes(places, { object }) {
    const place = places.find(({ stored, declared }) => stored !== null && isDeclared(declared))
    return place && made('without', object, place.path, undefined)
  },
  function empties(places, { object }) {
    const place = places.find(({ stored, declared }) => isFilled(stored) && isFilled(declared))
    const isSaid = place !== undefined && placesBelow(place).some((one) => isDeclared(one.declared))
    if (place === undefined || !isSaid) return undefined
    return made('emptied', object, place.path, Array.isArray(place.stored) ? [] : {})
  },
  function addsField(places, { kind, random, object }) {
    for (const { path, keys, position, stored } of places) {
      if (!isJsonObject(stored)) continue
      const names = fieldsOf(position).filter((name) => !isOutOfReach(kind, [...keys, name]))
      const isOpen = names.length === 0 && position.field('foreign') !== undefined
      const key = isOpen ? 'foreign' : random.pick(names)
      const field = key === undefined ? undefined : position.field(key)
      if (key === undefined || field === undefined || Object.hasOwn(stored, key)) continue
      const value = randomValue(field.position, [...keys, key], { kind, random })
      return made('with', object, [...path, key], value)
    }
    return undefined
  },
  function doublesItem(places, { object, random }) {
    const place = places.find(({ stored }) => Array.isArray(stored) && stored.length > 0)
    if (place === undefined) return undefined
    const list = place.stored as readonly Json[]
    return made('twice in', object, place.path, [...list, random.pick(list) ?? null])
  },
  function addsItem(places, { kind, object, random }) {
    const place = places.find(({ stored }) => Array.isArray(stored))
    if (place === undefined) return undefined
    const items = place.position.items ?? exactPosition
    const item = randomValue(items, place.keys, { kind, random })
    return made('one more in', object, place.path, [...(place.stored as readonly Json[]), item])
  },
  function reorders(places, { object }) {
    for (const { path, position, stored } of places) {
      const { list } = position
      const hasOrder = list.kind === 'atomic' || (list.kind === 'map' && list.isOrdered)
      // Amounts may be spelt apart and be the same: then the other order says the same.
      const isExact = (position.items?.meaning ?? 'exact') === 'exact'
      if (!hasOrder || !isExact || !Array.isArray(stored)) continue
      const turned = (stored as readonly Json[]).toReversed()
      if (!isSameJson(turned, stored)) return made('reversed', object, path, turned)
    }
    return undefined
  },
  function resets(places, { object, declared: root }) {
    for (const { path, position, stored, declared } of places) {
      if (!isJsonObject(stored) || !isJsonObject(declared)) continue
      const key = Object.keys(declared).find((name) => {
        const standard = defaultOf(name, position, declared, root)
        const isOwn = Object.hasOwn(stored, name) && isDeclared(declared[name])
        return isOwn && standard !== undefined && !isSameJson(stored[name], standard)
      })
      if (key === undefined || isSpeltAlike(stored[key], position, key)) continue
      return made('default of', object, [...path, key], defaultOf(key, position, declared, root))
    }
    return undefined
  },
]

function changed(
  places: readonly Place[],
  { object, random }: Scene,
  isMeant: (place: Place) => boolean,
): Edited | undefined {
  const place = places.find((one) => isScalar(one.stored) && isMeant(one))
  if (place === undefined) return undefined
  const value = anotherScalar(place.stored, place.position.meaning, random)
  return made('changed', object, place.path, value)
}

/** Defaults of other meanings than the exact one may be spelt in many ways. */
function isSpeltAlike(value: Json | undefined, position: Position, key: string): boolean {
  return isScalar(value ?? null) && position.field(key)?.position.meaning !== 'exact'
}

function isScalar(value: Json): boolean {
  return value !== null && typeof value !== 'object'
}

function isDeclared(declared: Json | undefined): boolean {
  return declared !== undefined && declared !== null
}

function isFilled(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.length > 0
  return isJsonObject(value) && Object.keys(value).length > 0
}

function placesBelow(place: Place): readonly Place[] {
  const { path, keys, position, stored, declared } = place
  if (Array.isArray(stored)) {
    const items = position.items ?? exactPosition
    return (stored as readonly Json[]).flatMap((item, i) => {
      const said = Array.isArray(declared) ? (declared as readonly Json[])[i] : undefined
      const one = { path: [...path, i], keys, position: items, stored: item, declared: said }
      return [one, ...placesBelow(one)]
    })
  }
  if (!isJsonObject(stored)) return []
  return Object.entries(stored).flatMap(([key, value]) => {
    const said = isJsonObject(declared) && Object.hasOwn(declared, key) ? declared[key] : undefined
    const field = position.field(key) ?? exactField
    const one = {
      path: [...path, key],
      keys: [...keys, key],
      position: field.position,
      stored: value,
      declared: said === undefined ? undefined : declaredValue(said, field),
    }
    return [one, ...placesBelow(one)]
  })
}

function made(
  what: string,
  object: JsonObject,
  path: readonly (string | number)[],
  value: Json | undefined,
): Edited {
  return { what: `${what} ${path.join('.')}`, object: put(object, path, value) as JsonObject }
}

function put(
  value: Json | undefined,
  [step, ...rest]: readonly (string | number)[],
  next: Json | undefined,
): Json | undefined {
  if (step === undefined) return next
  if (typeof step === 'number') {
    const list = Array.isArray(value) ? (value as readonly Json[]) : []
    const item = put(list[step], rest, next)
    return item === undefined ? list.toSpliced(step, 1) : list.with(step, item)
  }
  const copy = Object.assign(Object.create(null) as Record<string, Json>, value)
  const below = put(Object.hasOwn(copy, step) ? copy[step] : undefined, rest, next)
  if (below === undefined) delete copy[step]
  else copy[step] = below
  return copy
}
