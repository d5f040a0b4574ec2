import type { AdmissionRequest } from '../admission/request.ts'
import { openCase } from '../decision/case.ts'
import { derived } from '../decision/derived-row.ts'
import { protectedObject } from '../decision/protected.ts'
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
import { declaredByHeads } from '../provenance/declared-by-heads.ts'
import { foreignToRow } from './beyond-identity.ts'
import { whoMay, type MayHave } from './candidates.ts'
import { holds, unexplainedFields } from './explained-fields.ts'
import { handMade } from './hand-made.ts'
import { idOf, isEnding, requestOf, uidOf, type LiveObject } from './live-object.ts'
import { madeFromName } from './made-from-name.ts'
import { isOwn } from './own.ts'
import type { Ignored } from './result.ts'
import type { Scene } from './scene.ts'
import { userNamed } from './subject-user.ts'

/** Why an object that no head declares is no finding; or the fields that somebody's hand is seen in. */
export type Explained =
  | { readonly kind: 'ignored'; readonly why: Ignored }
  | {
      readonly kind: 'unexplained'
      readonly paths: readonly FieldPath[]
      /** Why what seems to explain it does not. */
      readonly note?: string
    }

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
  if (made?.paths.length === 0) return byRow(live, made, scene)
  return byOthers(live, made?.paths ?? [], { scene, depth })
}

/** The table goes before row 3, and a row of the policy after it. */
function byRow(live: LiveObject, { origin, request }: Made, scene: Scene): Promise<Explained> {
  if (origin === 'built-in') return withoutHands(live, scene)
  return unlessGuarded(ignored('exception'), request, scene)
}

/** `paths`: what the row that explains most of it leaves. */
async function byOthers(
  live: LiveObject,
  paths: readonly FieldPath[],
  { scene, depth }: { readonly scene: Scene; readonly depth: number },
): Promise<Explained> {
  const other = await otherwise(live, scene, depth)
  if (other?.kind === 'ignored') return unlessGuarded(other, requestOf(live, asNew(live)), scene)
  if (other !== undefined) return other
  return { kind: 'unexplained', paths, ...(paths.length > 0 && { note: notOfTheTable }) }
}

const notOfTheTable =
  'the control plane makes such objects, and nothing explains these fields of it'
const guarded = 'row 3 guards it: no exception of the policy, owner or operator stands in for Git'
const notOfTheManifest =
  'made from the beginning of a name, and not as any of the last commits says'

function asNew({ object }: LiveObject) {
  return { operation: 'CREATE', object, oldObject: null } as const
}

/** What would have been denied whoever asked is not explained by who may have asked. */
async function unlessGuarded(
  explained: Explained,
  request: AdmissionRequest,
  scene: Scene,
): Promise<Explained> {
  const verdict = await protectedObject(openCase(request, scene))
  return verdict?.kind === 'deny' ? { kind: 'unexplained', paths: [], note: guarded } : explained
}

/** By what it follows from. */
async function otherwise(
  live: LiveObject,
  scene: Scene,
  depth: number,
): Promise<Explained | undefined> {
  if (await isDerived(live, scene)) return ignored('derived')
  const named = await madeFromName(live, scene)
  if (named?.length === 0) return ignored('transient')
  if (depth < deepest && (await isOwned(live, scene, depth))) return ignored('owner')
  return named && { kind: 'unexplained', paths: named, note: notOfTheManifest }
}

function ignored(why: Ignored): Explained {
  return { kind: 'ignored', why }
}

function plainly(live: LiveObject, scene: Scene): Ignored | undefined {
  if (isOwn(live, scene.own)) return 'own'
  if (isEnding(live.object, scene.now())) return 'terminating'
  return scene.created.has(objectKey(idOf(live))) ? 'derived' : undefined
}

interface Made extends Pick<MayHave, 'origin' | 'request'> {
  /** What is in it that neither its maker nor anybody else may have written. */
  readonly paths: readonly FieldPath[]
}

/** By the row that lets somebody make it and explains most of it, with all that others may have added. */
async function madeBy(live: LiveObject, scene: Scene): Promise<Made | undefined> {
  const rows = whoMay(live, asNew(live), scene.policy)
  if (rows.length === 0) return undefined
  const leaves = wishesIn(live)
  let best: Made | undefined
  for (const row of rows) {
    const rest = leaves.filter((path) => !coversPath(row, path))
    if (!(await holds(row, scene))) continue
    const before = rest.length === 0 ? live.object : without(live.object, rest)
    const paths = [
      ...(await unexplainedFields(rest, { live, before }, scene)),
      ...(await foreignToRow(row, live, scene)),
    ]
    if (best === undefined || paths.length < best.paths.length) best = { ...row, paths }
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
  if (open.length === 0) return ignored('exception')
  return { kind: 'unexplained', paths: open, note: notOfTheTable }
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
    const verdict = await derived(openCase(requestOf(live, { ...asNew(live), user }), scene))
    if (verdict?.kind === 'allow') return true
  }
  return false
}

/** Of what the table describes it says who owns what; of other kinds operators own whatever they make. */
async function isOwned(live: LiveObject, scene: Scene, depth: number): Promise<boolean> {
  const owner = controllerOf(live.object) ?? onlyOwner(live.object)
  if (owner === undefined || builtInKind(owner) !== undefined) return false
  const { namespace } = idOf(live)
  const { group, kind, name, uid } = owner
  const key = [group, kind, namespace, name, uid].join('\n')
  const known = scene.owners.get(key)
  if (known !== undefined) return known
  if (scene.owners.size >= mostOwners) scene.owners.clear()
  // Whoever owns itself, by however long a way, is explained by nobody.
  scene.owners.set(key, false)
  const answer = await isExplained(owner, namespace, { scene, depth })
  scene.owners.set(key, answer)
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
