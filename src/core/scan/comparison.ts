import { isBookkeeping } from '../content/bookkeeping.ts'
import type { Difference } from '../content/difference.ts'
import { changedPaths } from '../manifest/changes.ts'
import { keyAt, type FieldPath } from '../manifest/field-path.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { differencesFrom } from '../provenance/content.ts'
import type { DeclaredObject } from '../provenance/declarations.ts'
import { unexplainedFields } from './explained-fields.ts'
import { requestOf, withoutGenerateName, type LiveObject } from './live-object.ts'
import type { Scene } from './scene.ts'

/** Where an object is not as declared, and what it would be without that. */
export interface Compared {
  readonly paths: readonly FieldPath[]
  readonly before: JsonObject
}

/**
 * In what a live object is neither what a declaration makes of it nor what rows let somebody else write;
 * undefined where the two are of different versions, in which fields need not mean the same.
 */
export async function compare(
  live: LiveObject,
  declared: DeclaredObject,
  scene: Scene,
): Promise<Compared | undefined> {
  const { object } = declared
  if (!isJsonObject(object) || apiVersionOf(live) !== declared.apiVersion) return undefined
  const differing = await differingFields(live, { ...declared, object }, scene)
  const leaves = differing.flatMap((one) => one.leaves)
  const before = asDeclared(live.object, object, leaves)
  const open = new Set(await unexplainedFields(leaves, { live, before }, scene))
  const paths = differing.flatMap((one) => shown(one, open))
  return { paths, before: paths.length === 0 ? before : asDeclared(live.object, object, paths) }
}

/** A part of the object, and the fields in it that need an explanation each. */
interface Differing {
  readonly path: FieldPath
  readonly leaves: readonly FieldPath[]
  /** Nothing in it was explained yet. */
  readonly isWhole: boolean
}

/** What is foreign as a whole is named once. */
function shown({ path, leaves, isWhole }: Differing, open: ReadonlySet<FieldPath>) {
  const left = leaves.filter((leaf) => open.has(leaf))
  return isWhole && left.length === leaves.length && left.length > 0 ? [path] : left
}

type DeclaredJson = DeclaredObject & { readonly object: JsonObject }

/** As if somebody made the object now: then each of its fields needs an explanation. */
async function differingFields(
  live: LiveObject,
  { id, object: declared, plans, generateName }: DeclaredJson,
  scene: Scene,
): Promise<readonly Differing[]> {
  const object = generateName === '' ? withoutGenerateName(live.object) : live.object
  const request = requestOf(live, { operation: 'CREATE', object, oldObject: null })
  const [plan] = plans
  const asked = { subject: { request }, ground: scene, ...(plan && { plan }) }
  const { differences } = await differencesFrom(declared, asked, id)
  return differences.map((one) => {
    const all = leavesOf(one)
    const leaves = all.filter(
      (path) => !isBookkeeping(path) && (!live.isMetadataOnly || isSeen(path)),
    )
    return { path: one.path, leaves, isWhole: leaves.length === all.length }
  })
}

/** A map that is foreign from top to bottom counts as one difference. */
function leavesOf({ path, kind, live }: Difference): readonly FieldPath[] {
  if (kind !== 'added' || !isJsonObject(live)) return [path]
  return changedPaths(undefined, live).map((below) => [...path, ...below])
}

function isSeen(path: FieldPath): boolean {
  return keyAt(path, 0) === 'metadata'
}

function apiVersionOf({ object }: LiveObject): string {
  return stringAt(object, 'apiVersion') ?? ''
}

/** The live object with what is declared at these places; of a list, the whole of it. */
function asDeclared(
  live: JsonObject,
  declared: JsonObject,
  paths: readonly FieldPath[],
): JsonObject {
  let next = live
  for (const path of paths) {
    const keys = keysOf(path)
    if (keys.length > 0) next = withValue(next, keys, at(declared, ...keys))
  }
  return next
}

function keysOf(path: FieldPath): readonly string[] {
  const end = path.findIndex(({ kind }) => kind === 'item')
  const steps = end < 0 ? path : path.slice(0, end)
  return steps.flatMap((step) => (step.kind === 'key' ? [step.key] : []))
}

function withValue(
  object: JsonObject,
  [key = '', ...rest]: readonly string[],
  value: Json | undefined,
): JsonObject {
  const { [key]: old, ...others } = object
  if (rest.length === 0) return value === undefined ? others : { ...others, [key]: value }
  const below = withValue(isJsonObject(old) ? old : {}, rest, value)
  return Object.keys(below).length === 0 ? others : { ...others, [key]: below }
}
