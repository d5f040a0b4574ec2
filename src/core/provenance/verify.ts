import { generateNameOf } from '../admission/target.ts'
import { quoted } from '../policy/issue.ts'
import type { Claim } from './claim.ts'
import { explainAbsence, orBroken, orHidden, place, type Broken } from './absence.ts'
import { isSamePlan, planName, type Plan } from '../plans/plan.ts'
import { contentRefuted } from './content.ts'
import type { Declared, DeclaredObject } from './declarations.ts'
import { createdByPlan } from './created-by-plan.ts'
import { findCommit } from './find-commit.ts'
import { ownedElsewhere, type Looking } from './ownership.ts'
import {
  refuted,
  type Ground,
  type Proof,
  type Refutation,
  type Sourced,
  type Subject,
} from './proof.ts'
import { repositoryNamed, withoutCredentials } from './repository-claim.ts'
import type { CommitStatus, Tip } from './repository.ts'
import { staleness } from './staleness.ts'

/**
 * Whether Git shows what a claim says: checks 1 to 7 of the design, in order, the first that fails
 * refutes. Everything in the claim is the sender's choice.
 */
export async function verifyClaim(claim: Claim, subject: Subject, ground: Ground): Promise<Proof> {
  const source = allowedRepository(claim, subject, ground)
  if (source.kind === 'refuted') return source
  const unpinned = notAtPin(claim)
  if (unpinned !== undefined) return unpinned
  const branches = await branchesWith(claim.commit, source, ground)
  if ('kind' in branches) return branches
  const stale = staleness(source, ground.now())
  if (stale !== undefined) return stale
  if (subject.writer.verify === 'commit') return proven(claim, source, undefined)
  const looking: Looking = { source, subject, ground, plan: claim.plan }
  const found = await declaredAt(claim.commit, branches, looking)
  if (found.kind === 'refuted') return found
  const against =
    (await ownedElsewhere(found.object, looking)) ??
    (await supersededBy(found.object, looking)) ??
    (await contentAgainst(found.object, looking))
  return against ?? proven(claim, source, place(found.object))
}

/**
 * Why what is deleted to be made anew could not come back by the same claim; then it is not to go.
 * What it will say is seen when it does.
 */
export async function returnRefuted(
  claim: Claim,
  subject: Subject,
  ground: Ground,
): Promise<Refutation | undefined> {
  const source = allowedRepository(claim, subject, ground)
  if (source.kind === 'refuted') return source
  // Deletions come after a fetch.
  const branches = branchesOf(await source.mirror.commit(claim.commit), claim.commit, source)
  if ('kind' in branches) return branches
  const looking: Looking = { source, subject, ground, plan: claim.plan }
  const found = await declaredAt(claim.commit, branches, looking)
  return found.kind === 'refuted' ? found : supersededBy(found.object, looking)
}

/** A pinned plan is held against no tip, and says at every commit what it says at its own. */
function notAtPin({ commit, plan }: Claim): Refutation | undefined {
  if (plan?.pin === undefined || plan.pin === commit) return undefined
  const why = `${planName(plan)} is pinned to ${plan.pin.slice(0, 12)}, and ${quoted(commit.slice(0, 12))} is another commit`
  return refuted('CommitSuperseded', why)
}

type Allowed = Sourced & { readonly kind: 'allowed' }

function allowedRepository(
  claim: Claim,
  { writer }: Subject,
  ground: Ground,
): Allowed | Refutation {
  const settings = repositoryNamed(ground.policy.spec.repositories, claim.repository)
  const mirror = settings === undefined ? undefined : ground.repositories.get(settings.name)
  if (settings === undefined || !writer.repositories.includes(settings.name)) {
    const allowed = writer.repositories.join(', ')
    const why = `it claims to come from ${quoted(withoutCredentials(claim.repository))}; writer ${writer.name} applies ${allowed}`
    return refuted('RepositoryNotAllowed', why)
  }
  if (mirror !== undefined) return { kind: 'allowed', settings, mirror }
  return refuted('MirrorStale', `repository ${settings.name} has no mirror yet. Try again`)
}

/** The allowed branches that contain the commit, after at most one fetch. */
async function branchesWith(
  commit: string,
  { settings, mirror }: Sourced,
  ground: Ground,
): Promise<readonly string[] | Refutation> {
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) {
    const why = `its commit ${quoted(commit)} is not a full lower-case object id`
    return refuted('CommitMalformed', why)
  }
  return branchesOf(await findCommit(commit, mirror, ground.signal), commit, { settings, mirror })
}

function branchesOf(
  status: CommitStatus,
  commit: string,
  { settings, mirror }: Sourced,
): readonly string[] | Refutation {
  if (status.kind === 'reachable') return status.branches
  const missing = missingMirror({ settings, mirror })
  if (missing !== undefined) return missing
  const short = `${settings.name}@${commit.slice(0, 12)}`
  if (status.kind === 'unreachable') {
    const why = `${short} is on none of the branches that count (${settings.branches.join(', ')}). Merge it`
    return refuted('CommitNotOnBranch', why)
  }
  if (status.kind === 'not-a-commit') {
    return refuted('CommitUnknown', `${short} is a ${status.type}, not a commit`)
  }
  return refuted(
    'CommitUnknown',
    `no branch that counts has brought ${short}. Push it, or merge it`,
  )
}

function missingMirror({ settings, mirror }: Sourced): Refutation | undefined {
  if (mirror.fetchedAt() !== undefined) return undefined
  const why = `repository ${settings.name} could not be fetched yet, so nothing can be proved`
  return refuted('MirrorStale', why)
}

type Found = { readonly kind: 'found'; readonly object: DeclaredObject } | Refutation

async function declaredAt(
  commit: string,
  branches: readonly string[],
  { source, subject, ground, plan }: Looking,
): Promise<Found> {
  const { target, request } = subject
  const { name: repository } = source.settings
  if (target === undefined) {
    return refuted('NotDeclared', 'nobody here knows which kind of object this belongs to')
  }
  const generateName = generateNameOf(request)
  const query = { repository, commit, branches, id: target, generateName, ...(plan && { plan }) }
  const found = await orBroken(ground.declarations.find(query, ground.signal))
  const created = plan && createdByPlan(plan, query, orHidden(found, target.name))
  const declared: Declared | Broken =
    created === undefined ? found : { kind: 'declared', object: created }
  const where = `${repository}@${commit.slice(0, 12)}`
  if (declared.kind !== 'declared') return explainAbsence(declared, where)
  return byItsPlan(declared.object, plan, where)
}

/** What another plan declares is another engine object's to apply. */
function byItsPlan(object: DeclaredObject, plan: Plan | undefined, where: string): Found {
  if (plan === undefined || object.plans.some((one) => isSamePlan(one, plan))) {
    return { kind: 'found', object }
  }
  const why = `${where} declares it by ${object.source}, and ${planName(plan)} does not`
  return refuted('NotDeclared', why)
}

async function contentAgainst(
  declared: DeclaredObject,
  looking: Looking,
): Promise<Refutation | undefined> {
  // What is decrypted on the way stands nowhere.
  const isCompared = looking.subject.writer.verify === 'content' && declared.isEncrypted !== true
  return isCompared ? contentRefuted(declared, looking) : undefined
}

/**
 * Undefined when the commit is the tip of the plan's branch, was so within `grace`, or says of this
 * object what that tip says. What another branch points to has no bearing on it.
 */
async function supersededBy(
  { branch, commit, digest }: DeclaredObject,
  looking: Looking,
): Promise<Refutation | undefined> {
  const { source, ground } = looking
  const { settings, mirror } = source
  // Its engine object names the commit or the tag, and is what Git declares now.
  if (looking.plan?.pin !== undefined) return undefined
  const isRecent = (mirror.tipUntil(branch, commit) ?? -Infinity) >= ground.now() - settings.grace
  if (isRecent) return undefined
  const claimed = `${settings.name}@${commit.slice(0, 12)}`
  const tip = mirror.tips().find((one) => one.branch === branch)
  if (tip === undefined) return superseded(claimed, { branch, commit: 'gone' })
  const found = await declaredAt(tip.commit, [branch], looking)
  if (found.kind === 'found' && found.object.digest === digest) return undefined
  if (found.kind === 'refuted' && found.reason === 'IndexPending') return found
  return superseded(claimed, tip)
}

function superseded(claimed: string, { branch, commit }: Tip): Refutation {
  const tip = `${branch} (${commit.slice(0, 12)})`
  const why = `${claimed} is superseded: ${tip} says something else about it. Apply that`
  return refuted('CommitSuperseded', why)
}

function proven(claim: Claim, { settings }: Sourced, path: string | undefined): Proof {
  const { commit, provider: evidence } = claim
  return { kind: 'proven', provenance: { repository: settings.name, commit, path, evidence } }
}
