import type { Applied, Engine, Revision } from '../engines/engine.ts'
import { planName } from '../plans/plan.ts'
import { quoted } from '../policy/issue.ts'
import type { Claim } from './claim.ts'
import { placePlan, type PlacedPlan } from './placed-plan.ts'
import { refuted, type Ground, type Refutation, type Sourced } from './proof.ts'

const mostHeads = 5

/**
 * The claims of what an engine says that it applies: any of them. Of a pinned plan it is the pin, or
 * there is none: what is pinned is held against no tip, so that another commit could take anything back.
 */
export async function claimsOf(
  { name: provider }: Pick<Engine, 'name'>,
  applied: Applied,
  ground: Ground,
): Promise<readonly Claim[] | Refutation> {
  const placed = await placeApplied(applied, ground)
  if (placed.kind === 'refuted') return placed
  const { settings, plan } = placed
  const claim = { provider, repository: settings.name, plan }
  if (plan.pin !== undefined) {
    return isAtPin(applied, placed) ? [{ ...claim, commit: plan.pin }] : notAtPin(applied, placed)
  }
  const commits = await commitsOf(applied, placed, ground)
  return 'kind' in commits ? commits : commits.map((commit) => ({ ...claim, commit }))
}

/** A tag may have moved since it was asked for. */
async function placeApplied(applied: Applied, ground: Ground): Promise<PlacedPlan | Refutation> {
  const placed = await placePlan(applied, ground)
  if (placed.kind === 'refuted' || !isTagged(applied, placed)) return placed
  if (applied.revision.kind === 'commit' && isAtPin(applied, placed)) return placed
  await placed.mirror.refresh(ground.signal)
  const { policy, repositories } = ground
  return placePlan(applied, { policy, repositories })
}

function isTagged({ plan }: Applied, placed: PlacedPlan): boolean {
  return plan.pin === undefined && placed.plan.pin !== undefined
}

/** A name stands for what Git says that it is. */
function isAtPin({ revision }: Applied, { plan, tagObject }: PlacedPlan): boolean {
  if (revision.kind === 'branch') return true
  if (revision.kind === 'head') return plan.pin?.startsWith(revision.digits) === true
  return revision.id === plan.pin || revision.id === tagObject
}

function notAtPin(
  { plan: followed, revision }: Applied,
  { settings, plan }: PlacedPlan,
): Refutation {
  const id = nameOf(revision)
  const pin = plan.pin?.slice(0, 12)
  const is = followed.pin === undefined ? `the tag ${quoted(followed.branch)} is` : 'it is to apply'
  const why = `${planName(plan)} applies ${id} of ${settings.name}, and ${is} ${pin}`
  return refuted('EvidenceRefused', why)
}

function nameOf(revision: Revision): string {
  if (revision.kind === 'commit') return revision.id.slice(0, 12)
  return revision.kind === 'branch' ? revision.name : revision.digits
}

async function commitsOf(
  { revision }: Applied,
  { settings, mirror, plan }: PlacedPlan,
  ground: Ground,
): Promise<readonly string[] | Refutation> {
  if (revision.kind === 'commit') return [revision.id]
  if (revision.kind === 'head') {
    return headsLike(revision.digits, { settings, mirror, branch: plan.branch }, ground)
  }
  await mirror.refresh(ground.signal)
  const tip = mirror.tips().find(({ branch }) => branch === plan.branch)
  return [tip?.commit ?? `the head of ${plan.branch} for ${planName(plan)}`]
}

interface Branch extends Sourced {
  readonly branch: string
}

async function headsLike(
  digits: string,
  branch: Branch,
  ground: Ground,
): Promise<readonly string[] | Refutation> {
  const known = knownHeads(digits, branch, ground.now())
  if (known.length > 0) return known
  await branch.mirror.refresh(ground.signal)
  const fetched = knownHeads(digits, branch, ground.now())
  if (fetched.length > 0) return fetched
  const why = `no head of ${branch.branch} of ${branch.settings.name} that is known begins with ${quoted(digits)}`
  return refuted('CommitUnknown', why)
}

/** Without digits those that were heads within `grace`. */
function knownHeads(
  digits: string,
  { settings, mirror, branch }: Branch,
  now: number,
): readonly string[] {
  const tips = mirror.tips().filter((tip) => tip.branch === branch)
  const earlier = mirror
    .previousTips(branch)
    .filter(({ until }) => digits !== '' || until >= now - settings.grace)
  return [...tips, ...earlier]
    .map(({ commit }) => commit)
    .filter((commit) => commit.startsWith(digits))
    .slice(0, mostHeads)
}
