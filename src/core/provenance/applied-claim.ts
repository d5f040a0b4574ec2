import type { Applied, Engine } from '../engines/engine.ts'
import { planName } from '../plans/plan.ts'
import { quoted } from '../policy/issue.ts'
import type { Claim } from './claim.ts'
import { placePlan, type PlacedPlan } from './placed-plan.ts'
import { refuted, type Ground, type Refutation } from './proof.ts'

/**
 * The claim of what an engine says that it applies. Of a pinned plan it is the pin, or there is none:
 * what is pinned is held against no tip, so that another commit could take anything back.
 */
export async function claimOf(
  { name: provider }: Pick<Engine, 'name'>,
  applied: Applied,
  ground: Ground,
): Promise<Claim | Refutation> {
  const placed = await placeApplied(applied, ground)
  if (placed.kind === 'refuted') return placed
  const { settings, plan } = placed
  const claim = { provider, repository: settings.name, plan }
  if (plan.pin === undefined) return { ...claim, commit: await commitOf(applied, placed, ground) }
  if (isAtPin(applied, placed)) return { ...claim, commit: plan.pin }
  return notAtPin(applied, placed)
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
  return revision.id === plan.pin || revision.id === tagObject
}

function notAtPin(
  { plan: followed, revision }: Applied,
  { settings, plan }: PlacedPlan,
): Refutation {
  const id = revision.kind === 'commit' ? revision.id.slice(0, 12) : revision.name
  const pin = plan.pin?.slice(0, 12)
  const is = followed.pin === undefined ? `the tag ${quoted(followed.branch)} is` : 'it is to apply'
  const why = `${planName(plan)} applies ${id} of ${settings.name}, and ${is} ${pin}`
  return refuted('EvidenceRefused', why)
}

async function commitOf(
  { revision }: Applied,
  { mirror, plan }: PlacedPlan,
  ground: Ground,
): Promise<string> {
  if (revision.kind === 'commit') return revision.id
  await mirror.refresh(ground.signal)
  const tip = mirror.tips().find(({ branch }) => branch === plan.branch)
  return tip?.commit ?? `the head of ${plan.branch} for ${planName(plan)}`
}
