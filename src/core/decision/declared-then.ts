import { generateNameOf } from '../admission/target.ts'
import { digestAt } from '../breakglass/field-values.ts'
import type { OpenUse } from '../breakglass/hold.ts'
import { resolvesTrailer } from '../breakglass/trailers.ts'
import { isJsonObject } from '../manifest/json.ts'
import { orBroken, type Broken } from '../provenance/absence.ts'
import type { Declared, DeclaredObject, DeclarationQuery } from '../provenance/declarations.ts'
import type { Provenance } from '../provenance/proof.ts'
import type { Repository } from '../provenance/repository.ts'
import type { Case } from './case.ts'

type Said = Declared | Broken

interface Asked {
  readonly use: OpenUse
  /** The paths of the use in question. */
  readonly touched: readonly string[]
  readonly provenance: Provenance
}

/**
 * Whether the commit declares this object, at these paths, as the heads did when the use was made. What
 * nobody can tell is no. Which commit a plan was pinned to then is told by nothing.
 */
export function isAsDeclaredThen(asked: Asked, one: Case): Promise<boolean> {
  return one.request.operation === 'DELETE' ? wasNeverWanted(asked, one) : isUnchanged(asked, one)
}

async function isUnchanged(asked: Asked, one: Case): Promise<boolean> {
  const { repository, commit } = asked.provenance
  const mirror = one.repositories.get(repository)
  const known = await mirror?.commit(commit)
  if (mirror === undefined || known?.kind !== 'reachable') return false
  const { branches } = known
  const now = await declaredAt({ repository, commit, branches }, one)
  return !isPinned(now) && isSameSince(asked, { mirror, branches, now }, one)
}

async function isSameSince(
  { use, touched, provenance: { repository, commit } }: Asked,
  { mirror, branches, now }: { mirror: Repository; branches: readonly string[]; now: Said },
  one: Case,
): Promise<boolean> {
  const branch = branchOf(now) ?? branches[0] ?? ''
  const then = use.tips.find((tip) => tip.repository === repository && tip.branch === branch)
  if (then === undefined) return false
  if (then.commit === commit || wasOverBefore(use, mirror, { branch, commit })) return true
  if (await isSettled(use, mirror, { since: then.commit, until: commit })) return false
  const before = await declaredAt({ repository, commit: then.commit, branches: [branch] }, one)
  return saysTheSame(before, now, touched)
}

/** A head that was none any more when the use was made. */
function wasOverBefore(
  { time }: OpenUse,
  mirror: Repository,
  { branch, commit }: { readonly branch: string; readonly commit: string },
): boolean {
  return (mirror.tipUntil(branch, commit) ?? Infinity) <= time
}

/** Whoever commits has a clock of their own. */
const slack = 60_000

/**
 * `bg-...` for all that was done under it until then, `bg-... use 2` for that alone: what is promoted
 * while the grant lasts settles nothing that is done later.
 */
async function isSettled(
  { grant, n, time }: OpenUse,
  mirror: Repository,
  range: { readonly since: string; readonly until: string },
): Promise<boolean> {
  const all = { ...range, madeFrom: time - slack }
  const grants = await mirror.trailers(resolvesTrailer, all)
  return grants.some((value) => value === grant || value === `${grant} use ${n}`)
}

/** No head declares what is deleted; if one did when it was created, Git has changed its mind. */
async function wasNeverWanted({ use }: Asked, one: Case): Promise<boolean> {
  if (use.tips.length === 0) return false
  for (const { repository, branch, commit } of use.tips) {
    const mirror = one.repositories.get(repository)
    const until = mirror?.tips().find((tip) => tip.branch === branch)?.commit
    if (mirror === undefined || until === undefined) return false
    if (await isSettled(use, mirror, { since: commit, until })) return false
    const then = await declaredAt({ repository, commit, branches: [branch] }, one)
    if (then.kind !== 'absent' && then.kind !== 'pending') return false
  }
  return true
}

async function declaredAt(
  where: Pick<DeclarationQuery, 'repository' | 'commit' | 'branches'>,
  one: Case,
): Promise<Said> {
  const { target: id, request, declarations, ground } = one
  if (id === undefined) return { kind: 'absent', problems: [] }
  const query = { ...where, id, generateName: generateNameOf(request) }
  return orBroken(declarations.find(query, ground.signal))
}

function isPinned(declared: Said): boolean {
  return declared.kind === 'declared' && declared.object.plans.some(({ pin }) => pin !== undefined)
}

function branchOf(declared: Said): string | undefined {
  return declared.kind === 'declared' ? declared.object.branch : undefined
}

/** While one of them is still being read, the other one tells nothing; the hold has an end. */
function saysTheSame(before: Said, now: Said, touched: readonly string[]): boolean {
  if (before.kind === 'pending' || now.kind === 'pending') return true
  if (before.kind === 'absent' && now.kind === 'absent') return true
  if (before.kind !== 'declared' || now.kind !== 'declared') return false
  return before.object.digest === now.object.digest || isSameAt(before.object, now.object, touched)
}

function isSameAt(before: DeclaredObject, now: DeclaredObject, paths: readonly string[]): boolean {
  const [one, other] = [before.object, now.object]
  if (paths.includes('*') || !isJsonObject(one) || !isJsonObject(other)) return false
  return digestAt(one, paths) === digestAt(other, paths)
}
