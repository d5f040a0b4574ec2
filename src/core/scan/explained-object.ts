import { openCase } from '../decision/case.ts'
import { derived } from '../decision/derived-row.ts'
import { builtInKind } from '../content/catalogue.ts'
import { coversPath } from '../exceptions/coverage.ts'
import {
  controllerOf,
  isTerminating,
  ownersOf,
  referenceTo,
  sameObject,
  type OwnerReference,
} from '../exceptions/conditions/metadata.ts'
import { changedPaths } from '../manifest/changes.ts'
import { keyAt, type FieldPath } from '../manifest/field-path.ts'
import { at, isJsonObject, type JsonObject } from '../manifest/json.ts'
import { objectKey } from '../manifest/object-id.ts'
import { orBroken } from '../provenance/absence.ts'
import { declaredByHeads } from '../provenance/declared-by-heads.ts'
import { whoMay, type MayHave } from './candidates.ts'
import { holds, unexplainedFields } from './explained-fields.ts'
import { handMade } from './hand-made.ts'
import { idOf, isEnding, requestOf, uidOf, type LiveObject } from './live-object.ts'
import { isOwn } from './own.ts'
import type { Ignored } from './result.ts'
import type { Scene } from './scene.ts'
import { userNamed } from './subject-user.ts'

/** Why an object that no head declares is no finding; or the fields that somebody's hand is seen in. */
export type Explained =
  | { readonly kind: 'ignored'; readonly why: Ignored }
  | { readonly kind: 'unexplained'; readonly paths: readonly FieldPath[] }

/** An owner that is owned, and so on. */
const deepest = 5
const mostOwners = 20_000

/** Everything here needs no userInfo: who may have made the object is asked of the rows. */
export async function explainUndeclared(
  live: LiveObject,
  scene: Scene,
  depth = 0,
): Promise<Explained> {
  const why = plainly(live, scene)
  if (why !== undefined) return ignored(why)
  const made = await madeBy(live, scene)
  if (made !== undefined && made.paths.length === 0) {
    return made.origin === 'policy' ? ignored('exception') : withoutHands(live, scene)
  }
  const other = await otherwise(live, scene, depth)
  return other === undefined ? { kind: 'unexplained', paths: made?.paths ?? [] } : ignored(other)
}

/** By what it follows from. */
async function otherwise(
  live: LiveObject,
  scene: Scene,
  depth: number,
): Promise<Ignored | undefined> {
  if (await isDerived(live, scene)) return 'derived'
  if (await isMadeFromName(live, scene)) return 'transient'
  return depth < deepest && (await isOwned(live, scene, depth)) ? 'owner' : undefined
}

function ignored(why: Ignored): Explained {
  return { kind: 'ignored', why }
}

function plainly(live: LiveObject, scene: Scene): Ignored | undefined {
  if (isOwn(live, scene.own)) return 'own'
  if (isEnding(live.object)) return 'terminating'
  return scene.created.has(objectKey(idOf(live))) ? 'derived' : undefined
}

interface Made {
  readonly origin: MayHave['origin']
  /** What is in it that neither its maker nor anybody else may have written. */
  readonly paths: readonly FieldPath[]
}

/** By the row that lets somebody make it and explains most of it, with all that others may have added. */
async function madeBy(live: LiveObject, scene: Scene): Promise<Made | undefined> {
  const write = { operation: 'CREATE', object: live.object, oldObject: null } as const
  const rows = whoMay(live, write, scene.policy)
  if (rows.length === 0) return undefined
  const leaves = wishesIn(live)
  let best: Made | undefined
  for (const row of rows) {
    const rest = leaves.filter((path) => !coversPath(row, path))
    if (!(await holds(row, scene))) continue
    const before = rest.length === 0 ? live.object : without(live.object, rest)
    const paths = await unexplainedFields(rest, { live, before }, scene)
    if (best === undefined || paths.length < best.paths.length) best = { origin: row.origin, paths }
    if (paths.length === 0) break
  }
  return best
}

/** What a part of the control plane reports is nobody's wish. */
function wishesIn({ object }: LiveObject): readonly FieldPath[] {
  const { status: _reported, ...wishes } = object
  return changedPaths(undefined, wishes)
}

/** At the level of keys: a list goes as a whole. */
function without(object: JsonObject, paths: readonly FieldPath[]): JsonObject {
  return paths.reduce<JsonObject>((left, path) => withoutPath(left, path), object)
}

function withoutPath(object: JsonObject, [step, ...rest]: FieldPath): JsonObject {
  if (step?.kind !== 'key' || !Object.hasOwn(object, step.key)) return object
  const { [step.key]: value, ...others } = object
  const isLast = rest[0]?.kind !== 'key' || !isJsonObject(value)
  return isLast ? others : { ...others, [step.key]: withoutPath(value, rest) }
}

/** The table explains who makes such an object, not what people have done to it since. */
async function withoutHands(live: LiveObject, scene: Scene): Promise<Explained> {
  const fields = handMade(live.object).filter((path) => isThere(live.object, path))
  const before = without(live.object, fields)
  const open = await unexplainedFields(fields, { live, before, by: ['policy'] }, scene)
  return open.length === 0 ? ignored('exception') : { kind: 'unexplained', paths: open }
}

/** What was taken away again has no owner worth naming. */
function isThere(object: JsonObject, path: FieldPath): boolean {
  const end = path.findIndex(({ kind }) => kind === 'item')
  const keys = path.slice(0, end < 0 ? path.length : end).map((_, i) => keyAt(path, i) ?? '')
  return at(object, ...keys) !== undefined
}

async function isDerived(live: LiveObject, scene: Scene): Promise<boolean> {
  for (const { subject } of scene.policy.spec.derived) {
    const user = userNamed(subject)
    const write = { operation: 'CREATE', object: live.object, oldObject: null, user } as const
    const verdict = await derived(openCase(requestOf(live, write), scene))
    if (verdict?.kind === 'allow') return true
  }
  return false
}

/** The server has named it: a manifest has only the beginning. */
async function isMadeFromName(live: LiveObject, scene: Scene): Promise<boolean> {
  const generateName = at(live.object, 'metadata', 'generateName')
  if (typeof generateName !== 'string' || generateName === '') return false
  const { policy, repositories, declarations, signal } = scene
  for (const { name: repository } of policy.spec.repositories) {
    for (const { branch, commit } of repositories.get(repository)?.tips() ?? []) {
      const query = { repository, commit, branches: [branch], id: idOf(live), generateName }
      const found = await orBroken(declarations.find(query, signal))
      if (found.kind === 'declared') return true
    }
  }
  return false
}

/** Of what the table describes it says who owns what; of other kinds operators own whatever they make. */
async function isOwned(live: LiveObject, scene: Scene, depth: number): Promise<boolean> {
  const owner = controllerOf(live.object) ?? onlyOwner(live.object)
  if (owner === undefined || builtInKind(owner) !== undefined) return false
  const known = scene.owners.get(owner.uid)
  if (known !== undefined) return known
  if (scene.owners.size >= mostOwners) scene.owners.clear()
  // Whoever owns itself, by however long a way, is explained by nobody.
  scene.owners.set(owner.uid, false)
  const answer = await isExplained(owner, idOf(live).namespace, { scene, depth })
  scene.owners.set(owner.uid, answer)
  return answer
}

function onlyOwner(object: JsonObject): OwnerReference | undefined {
  const owners = ownersOf(object) ?? []
  return owners.length === 1 ? owners[0] : undefined
}

async function isExplained(
  owner: OwnerReference,
  namespace: string,
  { scene, depth }: { readonly scene: Scene; readonly depth: number },
): Promise<boolean> {
  const found = await scene.cluster.read(referenceTo(owner, namespace), scene.signal)
  const object = sameObject(found, owner.uid)
  if (object === undefined || isTerminating(object)) return false
  const { group, version, kind } = owner
  const isNamespaced = at(object, 'metadata', 'namespace') !== undefined
  const served = { group, version, kind, resource: `${kind.toLowerCase()}s`, isNamespaced }
  const live: LiveObject = { served, object, isMetadataOnly: false }
  const said = await declaredByHeads(idOf(live), scene)
  if (said.kind === 'declared') return uidOf(object) === owner.uid
  if (said.kind === 'unknown') return false
  return (await explainUndeclared(live, scene, depth + 1)).kind === 'ignored'
}
