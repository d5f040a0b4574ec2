import { builtInKind } from '../content/catalogue.ts'
import type { Difference } from '../content/difference.ts'
import { patternsOf } from '../manifest/field-patterns.ts'
import { stringAt, type JsonObject } from '../manifest/json.ts'
import type { ObjectId } from '../manifest/object-id.ts'
import { orBroken } from '../provenance/absence.ts'
import type { DeclaredObject } from '../provenance/declarations.ts'
import { declaredByHeads, liveDifferences } from '../provenance/declared-by-heads.ts'
import type { Ground } from '../provenance/proof.ts'
import type { LiveTarget } from './live-target.ts'
import { withOtherValues } from './other-values.ts'
import type { GitSays } from './resolution.ts'
import { comparisonOf, type TrackedUse } from './tracked-use.ts'

/** With the declaration, where there is one. */
export type Asked = GitSays & { readonly declared?: DeclaredObject }

/** What the heads of the branches that count say of the object of a use, as it is now. */
export async function gitSays(use: TrackedUse, live: LiveTarget, ground: Ground): Promise<Asked> {
  const id = idOf(use, live)
  if (id === undefined) return { kind: 'unknown', why: 'nobody here knows its kind' }
  const found = await declaredByHeads(id, ground)
  if (found.kind !== 'declared') return found
  const { object } = found
  const { repository, commit } = object
  const declared = { kind: 'declared', repository, commit, declared: object } as const
  if (live.kind !== 'found') return { ...declared, differences: undefined }
  const differences = await differencesOf(use, live.whole, { object, ground })
  const isElsewhere = use.target.subresource === 'scale' && !isBuiltIn(live.whole)
  return isElsewhere && differences !== undefined && differences.length > 0
    ? { kind: 'unknown', why: 'nobody here knows which field its scale is' }
    : { ...declared, differences }
}

/** Whether Git declared the same at a moment, by the head that was known then. */
export async function declaredTheSame(
  { repository, branch, id, digest }: DeclaredObject,
  { tips }: TrackedUse,
  { declarations, signal }: Ground,
): Promise<boolean> {
  const tip = tips.find((one) => one.repository === repository && one.branch === branch)
  if (tip === undefined) return false
  const query = { repository, commit: tip.commit, branches: [branch], id }
  const then = await orBroken(declarations.find(query, signal))
  return then.kind === 'declared' && then.object.digest === digest
}

/** A subresource shows what it belongs to only in the object itself. */
function idOf({ target }: TrackedUse, live: LiveTarget): ObjectId | undefined {
  const shown = live.kind === 'found' ? stringAt(live.whole, 'kind') : undefined
  const kind = shown ?? target.kind
  const { group, resource, name } = target
  if (kind === '') return undefined
  // A review of a Namespace names the Namespace itself as its namespace.
  const namespace = group === '' && resource === 'namespaces' ? '' : target.namespace
  return { group, kind, namespace, name }
}

/**
 * As if somebody made the object now, which shows what it lacks, and as if somebody wrote the fields
 * over others, since what the API server fills in by itself it fills in once.
 */
async function differencesOf(
  use: TrackedUse,
  live: JsonObject,
  { object, ground }: { readonly object: DeclaredObject; readonly ground: Ground },
): Promise<readonly Difference[] | undefined> {
  const { resource } = use.target
  const made = await liveDifferences({ live, resource }, object, ground)
  if (made === undefined) return inItsVersion(resource, object, ground)
  if (comparisonOf(use) !== 'fields') return made
  const before = withOtherValues(live, patternsOf(use.paths))
  const written = await liveDifferences({ live, resource, before }, object, ground)
  return [...made, ...(written ?? [])]
}

/**
 * Git declares the object in another version than it was written in, where no field needs to have its
 * name: then all of it has to be as declared.
 */
async function inItsVersion(
  resource: string,
  object: DeclaredObject,
  ground: Ground,
): Promise<readonly Difference[] | undefined> {
  const version = object.apiVersion.split('/').at(-1) ?? ''
  const live = await ground.cluster.read({ ...object.id, version }, ground.signal)
  if (live.kind !== 'found') return undefined
  const found = await liveDifferences({ live: live.object, resource }, object, ground)
  return found?.length === 0 ? found : undefined
}

function isBuiltIn(live: JsonObject): boolean {
  const [version = '', group = ''] = (stringAt(live, 'apiVersion') ?? '').split('/').toReversed()
  return builtInKind({ group, version, kind: stringAt(live, 'kind') ?? '' }) !== undefined
}
