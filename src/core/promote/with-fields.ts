import { exactField } from '../content/exact.ts'
import type { Position } from '../content/position.ts'
import { parseFieldPattern, type FieldPattern } from '../manifest/field-path.ts'
import { isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'
import { isList } from './edits.ts'
import { fieldAt, isFilledIn, undefaulted, type Whole } from './undefaulted.ts'

/** What the fields of a use are to say. */
export interface FieldValues {
  /** As a use names them. */
  readonly paths: readonly string[]
  /** An object that has them. */
  readonly source: JsonObject
}

export type WithFields =
  | { readonly kind: 'object'; readonly object: JsonObject }
  /** Git does not declare what is there above the field. */
  | { readonly kind: 'refused'; readonly path: string }

/** What Git declares of an object, with the values of some of its fields. Nothing else changes. */
export function withFields(
  declared: JsonObject,
  { paths, source }: FieldValues,
  position: Position = exactField.position,
): WithFields {
  const patterns = paths.filter(isDesired).map((path) => ({ path, steps: parseFieldPattern(path) }))
  let object = declared
  for (const { path, steps } of patterns) {
    const setting: Setting = {
      steps,
      whole: { live: source },
      names: patterns.map((one) => one.path),
    }
    const next = setAt({ declared: object, live: source, position }, 0, setting)
    if (next === refused || !isJsonObject(next)) return { kind: 'refused', path }
    object = next
  }
  return { kind: 'object', object }
}

/** What the API server and its clients keep for themselves is no part of a manifest. */
const kept: readonly RegExp[] = [
  /^metadata\.(?:managedFields|generation|resourceVersion|uid|creationTimestamp|selfLink)\b/,
  /^metadata\.annotations\["kubectl\.kubernetes\.io\/last-applied-configuration"\]/,
  /^metadata\.annotations\["deployment\.kubernetes\.io\/revision"\]/,
  /^metadata\.annotations\["solewriter\.dev\//,
  /^status\b/,
]

export function isDesired(path: string): boolean {
  return !kept.some((pattern) => pattern.test(path))
}

const refused = Symbol('refused')
type Outcome = Json | undefined | typeof refused

interface Setting {
  readonly steps: FieldPattern
  readonly whole: Whole
  /** All that the use changes. */
  readonly names: readonly string[]
}

interface Here {
  readonly declared: Json | undefined
  readonly live: Json | undefined
  readonly position: Position
}

function setAt(here: Here, depth: number, setting: Setting): Outcome {
  const step = setting.steps[depth]
  const { declared, live, position } = here
  if (step === undefined) {
    return undefaulted({ live, declared, field: { ...exactField, position } }, setting.whole)
  }
  if (live === undefined && declared === undefined) return undefined
  if (step.kind === 'key') return setKey(here, step.key, depth, setting)
  if (step.kind === 'item') return setItem(here, step, { depth, setting })
  return setItems(here, depth, setting)
}

function setKey(here: Here, key: string, depth: number, setting: Setting): Outcome {
  const { declared = {}, live = {}, position } = here
  if (!isJsonObject(declared) || !isJsonObject(live)) return refused
  const one = { declared: own(declared, key), live: own(live, key) }
  if (isFilledIn({ ...one, key, parent: live, position }, setting.whole)) return here.declared
  const below = { ...one, position: fieldAt(position, key).position }
  const value = setAt(below, depth + 1, setting)
  if (value === refused) return refused
  return isGoneWith(one.live, value)
    ? withKey(declared, key, undefined)
    : withKey(declared, key, value)
}

/** A container whose last part went is gone with it where the cluster has none either. */
function isGoneWith(live: Json | undefined, value: Json | undefined): boolean {
  return live === undefined && isJsonObject(value) && Object.keys(value).length === 0
}

function withKey(map: JsonObject, key: string, value: Json | undefined): JsonObject {
  if (value !== undefined) return { ...map, [key]: value }
  return Object.fromEntries(Object.entries(map).filter(([other]) => other !== key))
}

interface At {
  readonly depth: number
  readonly setting: Setting
}

type Item = Extract<FieldPattern[number], { readonly kind: 'item' }>

function setItem(here: Here, item: Item, at: At): Outcome {
  const { declared = [], live = [] } = here
  if (!isList(declared) || !isList(live)) return refused
  const isMeant = (one: Json) => isJsonObject(one) && own(one, item.field) === item.value
  const seen = live.find(isMeant)
  if (seen === undefined)
    return emptied(
      here,
      declared.filter((one) => !isMeant(one)),
    )
  const known = declared.find(isMeant)
  const next = itemAt(here, { known, seen, item }, at)
  if (next === refused || next === undefined) return refused
  return known === undefined
    ? [...declared, next]
    : declared.map((one) => (one === known ? next : one))
}

interface ItemSides {
  readonly known: Json | undefined
  readonly seen: Json
  readonly item: Item
}

function itemAt(
  { position }: Here,
  { known, seen, item: { field, value } }: ItemSides,
  { depth, setting }: At,
): Outcome {
  if (known === undefined && !isAdded(depth, setting)) return refused
  const items = position.items ?? exactField.position
  const declared = known ?? { [field]: value }
  return setAt({ declared, live: seen, position: items }, depth + 1, setting)
}

/** A list that nothing is left of. */
function emptied({ live }: Here, left: readonly Json[]): Outcome {
  return left.length === 0 && live === undefined ? undefined : left
}

/** Whether the use has put in the item itself, and not only changed something in it. */
function isAdded(depth: number, { steps, names }: Setting): boolean {
  const step = steps[depth]
  if (step?.kind !== 'item' || depth === steps.length - 1) return true
  return names.some((name) => {
    const other = parseFieldPattern(name)
    const [key, ...more] = other.slice(depth + 1)
    const isSelf = key?.kind === 'key' && key.key === step.field && more.length === 0
    return (
      isSelf &&
      JSON.stringify(other.slice(0, depth + 1)) === JSON.stringify(steps.slice(0, depth + 1))
    )
  })
}

/** Items without a name: by place where there are as many, else the whole list. */
function setItems(here: Here, depth: number, setting: Setting): Outcome {
  const { declared, live = [], position } = here
  if (!isList(live)) return refused
  if (live.length === 0) return here.live
  if (!isList(declared) || declared.length !== live.length) {
    return undefaulted({ live, declared, field: { ...exactField, position } }, setting.whole)
  }
  const items = position.items ?? exactField.position
  const next = live.map((item, i) =>
    setAt({ declared: declared[i], live: item, position: items }, depth + 1, setting),
  )
  return next.every((item) => item !== refused && item !== undefined) ? (next as Json[]) : refused
}

function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}
