import { formatFieldPath, type FieldPath } from '../manifest/field-path.ts'
import type { JsonObject } from '../manifest/json.ts'
import { stringAt } from '../manifest/json.ts'
import type { ObjectId } from '../manifest/object-id.ts'
import { atAnyHead } from '../provenance/at-any-head.ts'
import type { DeclaredObject } from '../provenance/declarations.ts'
import { declaredByHeads } from '../provenance/declared-by-heads.ts'
import { compare, type Compared } from './comparison.ts'
import { wouldDeny, type Drifted } from './denial.ts'
import { explainUndeclared } from './explained-object.ts'
import { formerState, lastDeclared } from './former.ts'
import { idOf, scannedOf, type LiveObject } from './live-object.ts'
import type { DeclaredPlace, Finding, Ignored } from './result.ts'
import type { Scene } from './scene.ts'
import { writerHint } from './writer-hint.ts'

export type Judged =
  | { readonly kind: 'finding'; readonly finding: Finding }
  | { readonly kind: 'ignored'; readonly why: Ignored }
  | { readonly kind: 'as-declared' }
  /** Nobody can tell now. */
  | { readonly kind: 'unknown'; readonly why: string; readonly lacksRight?: true }

const mostPaths = 20

/** What a live object is to what the heads of the policy's repositories declare. */
export async function judgeLive(live: LiveObject, scene: Scene): Promise<Judged> {
  const said = await declaredByHeads(idOf(live), scene)
  if (said.kind === 'declared') return judgeDeclared(live, said.object, scene)
  if (said.kind === 'undeclared') return judgeUndeclared(live, scene)
  return (await encryptedAtHead(idOf(live), scene)) === undefined
    ? { kind: 'unknown', why: said.why }
    : { kind: 'ignored', why: 'encrypted' }
}

/** What is applied is made with a key: it stands nowhere. */
export async function encryptedAtHead(
  id: ObjectId,
  scene: Scene,
): Promise<DeclaredObject | undefined> {
  let encrypted: DeclaredObject | undefined
  await atAnyHead(id, scene, (found) => {
    if (found.kind !== 'declared' || found.object.isEncrypted !== true) return false
    encrypted = found.object
    return true
  })
  return encrypted
}

async function judgeUndeclared(live: LiveObject, scene: Scene): Promise<Judged> {
  const explained = await explainUndeclared(live, scene)
  if (explained.kind === 'ignored') return explained
  const former = await lastDeclared(idOf(live), scene)
  const { paths, note } = explained
  return found(
    { kind: 'undeclared', live, before: null },
    {
      paths,
      ...(former && { former: placeOf(former) }),
      ...(note !== undefined && { note }),
    },
    scene,
  )
}

async function judgeDeclared(
  live: LiveObject,
  declared: DeclaredObject,
  scene: Scene,
): Promise<Judged> {
  const inVersion = await asVersion(live, declared, scene)
  const compared = inVersion && (await compare(inVersion, declared, scene))
  if (inVersion === undefined || compared === undefined) {
    return { kind: 'unknown', why: `it cannot be read as ${declared.apiVersion}` }
  }
  if (compared.paths.length === 0) return { kind: 'as-declared' }
  return different(inVersion, declared, { compared, scene })
}

async function different(
  live: LiveObject,
  declared: DeclaredObject,
  { compared, scene }: { readonly compared: Compared; readonly scene: Scene },
): Promise<Judged> {
  const former = await formerState(live, declared, scene)
  const { paths, before } = compared
  const kind = former === undefined ? 'different' : 'superseded'
  const where = { declared: placeOf(declared), ...(former && { former: placeOf(former) }) }
  return found({ kind, live, before }, { paths, ...where }, scene)
}

/** The object in the version in which it is declared. */
async function asVersion(
  live: LiveObject,
  declared: DeclaredObject,
  scene: Scene,
): Promise<LiveObject | undefined> {
  if (stringAt(live.object, 'apiVersion') === declared.apiVersion) return live
  const version = declared.apiVersion.split('/').at(-1) ?? ''
  if (live.isMetadataOnly) return withApiVersion(live, declared.apiVersion)
  const read = await scene.cluster.read({ ...idOf(live), version }, scene.signal)
  if (read.kind !== 'found') return undefined
  if (stringAt(read.object, 'apiVersion') !== declared.apiVersion) return undefined
  return { ...live, served: { ...live.served, version }, object: read.object }
}

/** Metadata are the same in all versions. */
function withApiVersion(live: LiveObject, apiVersion: string): LiveObject {
  const version = apiVersion.split('/').at(-1) ?? ''
  const object: JsonObject = { ...live.object, apiVersion }
  return { ...live, served: { ...live.served, version }, object }
}

interface Evidence extends Pick<Finding, 'declared' | 'former' | 'note'> {
  readonly paths: readonly FieldPath[]
}

/** A finding, unless the decision table is not asked about such objects. */
export async function found(
  drifted: Drifted,
  { paths, ...evidence }: Evidence,
  scene: Scene,
): Promise<Judged> {
  const denied = await wouldDeny(drifted, scene)
  if (denied === undefined) return { kind: 'ignored', why: 'out-of-scope' }
  const { kind, live } = drifted
  const who = kind === 'missing' ? undefined : writerHint(live.object, paths)
  const texts = [...new Set(paths.map(formatFieldPath))]
  return {
    kind: 'finding',
    finding: {
      type: 'finding',
      kind,
      object: scannedOf(live),
      paths: texts.slice(0, mostPaths),
      morePaths: Math.max(0, texts.length - mostPaths),
      ...evidence,
      ...(who && { who }),
      wouldDeny: denied,
    },
  }
}

export function placeOf({ repository, branch, commit, file, line }: DeclaredObject): DeclaredPlace {
  return { repository, branch, commit, file, line }
}
