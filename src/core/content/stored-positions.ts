import { isDependent } from './dependent-defaults.ts'
import { exactPosition } from './exact.ts'
import type { Field, ListShape, Meaning, Position } from './position.ts'
import type {
  StoredCatalogue,
  StoredExceptions,
  StoredFacts,
  StoredField,
  StoredList,
  StoredShape,
} from './stored-catalogue.ts'

// Positions are made when somebody asks for them and kept: those of a type are shared by all
// places in which nothing about it is an exception.

type Catalogue = Pick<StoredCatalogue, 'types'>

/** Where in its kind a position is; absent once no exception can follow. */
interface Place {
  readonly exceptions: StoredExceptions
  readonly path: string
}

interface Maker {
  position(shape: StoredShape, place?: Place): Position
}

const atomic: ListShape = { kind: 'atomic' }
const meanings: readonly string[] = ['exact', 'quantity', 'duration', 'timestamp', 'bytes']

const leaf = {
  type: '',
  field: () => undefined,
  unknownKeys: 'dropped',
  items: undefined,
  list: atomic,
  meaning: 'exact',
} as const satisfies Position

/** How to get the position of a type, or of the objects of a kind with exceptions. */
export function positionsOf({ types }: Catalogue) {
  const shared = new Map<string, Position>()
  const maker: Maker = {
    position(shape, place) {
      const near = place !== undefined && isNear(place) ? place : undefined
      if (typeof shape !== 'string') return containerPosition(shape, maker, near)
      if (shape === 'any') return exactPosition
      if (isMeaning(shape)) return scalarPosition(shape)
      if (near !== undefined)
        return structPosition(shape, types[shape] ?? {}, { maker, place: near })
      const found = shared.get(shape) ?? structPosition(shape, types[shape] ?? {}, { maker })
      shared.set(shape, found)
      return found
    },
  }
  return {
    ofType: (type: string) => maker.position(type),
    ofKind: (type: string, exceptions: StoredExceptions) =>
      maker.position(type, { exceptions, path: '' }),
  }
}

function isNear({ exceptions, path }: Place): boolean {
  return path === '' || Object.keys(exceptions).some((place) => place.startsWith(path))
}

const scalars = new Map<string, Position>()

function scalarPosition(meaning: Meaning): Position {
  const found = scalars.get(meaning) ?? { ...leaf, meaning }
  scalars.set(meaning, found)
  return found
}

function isMeaning(shape: string): shape is Meaning {
  return meanings.includes(shape)
}

interface Struct {
  readonly maker: Maker
  readonly place?: Place
}

function structPosition(
  type: string,
  stored: Readonly<Record<string, StoredField>>,
  { maker, place }: Struct,
): Position {
  const fields = new Map<string, Field>()
  const own = place?.exceptions[place.path] ?? {}
  return {
    ...leaf,
    type,
    field(key) {
      const known = fields.get(key)
      if (known !== undefined || !Object.hasOwn(stored, key)) return known
      const { of, ...facts } = stored[key] ?? { of: 'any' }
      const position = maker.position(of, below(place, place?.path === '' ? key : `.${key}`))
      const made = {
        // A map has no name of its own, and defaults of its keys may depend on what is beside it.
        position: isMap(of) ? { ...position, type: `${type}.${key}` } : position,
        ...read(Object.hasOwn(own, key) ? own[key] : facts),
        ...(isDependent(type, key) ? { default: undefined } : {}),
      }
      fields.set(key, made)
      return made
    },
  }
}

function isMap(shape: StoredShape): boolean {
  return typeof shape === 'object' && 'map' in shape
}

function below(place: Place | undefined, step: string): Place | undefined {
  return place && { ...place, path: place.path + step }
}

function read({ default: standard, empty, isNullable = false }: StoredFacts = {}) {
  const fate = empty === 'kept' || empty === 'replaced' ? empty : 'dropped'
  return { default: standard, empty: fate, isNullable } as const
}

function containerPosition(
  shape: Exclude<StoredShape, string>,
  maker: Maker,
  place: Place | undefined,
): Position {
  if ('list' in shape) {
    const items = maker.position(shape.list, below(place, '[]'))
    return { ...leaf, items, list: listShape(shape) }
  }
  const value = {
    position: maker.position(shape.map, below(place, '{}')),
    default: undefined,
    empty: 'kept',
    isNullable: false,
  } as const
  return { ...leaf, field: () => value }
}

function listShape({ keys, isOrdered = false, isSet = false }: StoredList): ListShape {
  if (keys !== undefined) return { kind: 'map', keys, isOrdered }
  return isSet ? { kind: 'set' } : atomic
}
