import { writerCovers } from '../policy/explain.ts'
import type { Writer } from '../policy/schema.ts'
import { verifyDeletion } from '../provenance/deletion.ts'
import { keyAt } from '../manifest/field-path.ts'
import { at } from '../manifest/json.ts'
import type { Claim } from '../provenance/claim.ts'
import type { Freshness } from '../provenance/engine-state.ts'
import { gatherClaims, gatherDeletionClaims } from '../provenance/gather.ts'
import {
  refuted,
  type Ground,
  type Proof,
  type Refutation,
  type Subject,
} from '../provenance/proof.ts'
import { verifyClaim } from '../provenance/verify.ts'
import type { Case } from './case.ts'
import type { Verdict } from './decision.ts'
import { heldBy } from './held.ts'
import { allow, deny, type Row } from './row.ts'

/** Row 8: a writer's change is what a commit declares, or it is denied with what failed first. */
export const writerRow: Row = async (one: Case): Promise<Verdict | undefined> => {
  const { who } = one
  if (who.kind === 'human') return undefined
  const { writer } = who
  if (who.kind === 'unbound') {
    const why = `writer ${writer.name} must come from a Pod, and its token is bound to none.`
    return deny('UnboundToken', why, { rule: writer.name })
  }
  const misplaced = whyMisplaced(one, writer)
  if (misplaced !== undefined) return deny('NotDeclared', misplaced, { rule: writer.name })
  if (isEngine(writer) && isAdoption(one)) return allow('NoDesiredStateChange', writer.name)
  const proof = await prove({ request: one.request, writer, target: one.target }, one)
  if (proof.kind === 'proven') {
    const { provenance } = proof
    const held = await heldBy(one, { writer, provenance })
    return held ?? allow('VerifiedCommit', writer.name, provenance)
  }
  const { reason, why, paths = [] } = proof
  return deny(reason, `${one.title}: ${why}.`, { rule: writer.name, paths })
}

/**
 * What an engine says is read from a copy that may be a moment behind, and so may be what its objects
 * declare, and the mirrors be behind both: before it is denied for that, all are asked once more.
 */
async function prove(subject: Subject, one: Case): Promise<Proof> {
  const unknown = await awaitPlans(subject, one.ground)
  if (unknown !== undefined) return unknown
  const proof = await proveFrom(subject, one.ground, 'seen')
  if (isLast(proof) || !isEngine(subject.writer)) return proof
  const live = await proveFrom(subject, one.ground, 'live')
  if (isLast(live)) return live
  await fetchAll(one.ground)
  const again = await proveFrom(subject, one.ground, 'live')
  const { plansSettled, signal } = one.ground
  if (isLast(again) || (await plansSettled?.(signal)) !== true) return again
  return proveFrom(subject, one.ground, 'seen')
}

/**
 * What somebody else declares, and what nobody does, only shows once the plans of engines are known. A
 * deletion cannot be taken back: it waits until they follow what is known by now.
 */
async function awaitPlans(
  { request }: Subject,
  { plansSettled, arePlansKnown = () => true, signal }: Ground,
): Promise<Refutation | undefined> {
  if (!arePlansKnown() || request.operation === 'DELETE') await plansSettled?.(signal)
  if (arePlansKnown()) return undefined
  return refuted('IndexPending', 'what engines declare is still being read. Try again')
}

/** The objects of engines may be declared in any repository. */
async function fetchAll({ repositories, signal }: Ground): Promise<void> {
  await Promise.all(Array.from(repositories.values(), (mirror) => mirror.refresh(signal)))
}

function isLast(proof: Proof): boolean {
  return proof.kind === 'proven' || proof.reason === 'IndexPending'
}

async function proveFrom(subject: Subject, ground: Ground, freshness: Freshness): Promise<Proof> {
  if (subject.request.operation === 'DELETE') return proveDeletion(subject, ground, freshness)
  const gathered = await gatherClaims(subject, ground, freshness)
  if (gathered.kind === 'refuted') return gathered
  return firstProof(gathered.claims, (claim) => verifyClaim(claim, subject, ground))
}

/** The claim, where one is needed, only has to be of a commit that counts. */
async function proveDeletion(
  subject: Subject,
  ground: Ground,
  freshness: Freshness,
): Promise<Proof> {
  const gathered = await gatherDeletionClaims(subject, ground, freshness)
  if (gathered.kind === 'refuted') return gathered
  if (gathered.kind === 'unneeded') return verifyDeletion(subject, ground)
  const writer = { ...subject.writer, verify: 'commit' } as const
  return firstProof(gathered.claims, async (claim) => {
    const proof = await verifyClaim(claim, { ...subject, writer }, ground)
    return proof.kind === 'refuted' ? proof : verifyDeletion(subject, ground, claim)
  })
}

/** Of several refutations the one that says most: a plan that does not declare it says little. */
async function firstProof(
  claims: readonly Claim[],
  verify: (claim: Claim) => Promise<Proof>,
): Promise<Proof> {
  let refutation: Refutation | undefined
  for (const claim of claims) {
    const proof = await verify(claim)
    if (proof.kind === 'proven') return proof
    if (refutation === undefined || refutation.reason === 'NotDeclared') refutation = proof
  }
  return refutation ?? refuted('EvidenceMissing', 'nothing says which commit it comes from')
}

function isEngine({ evidence }: Writer): boolean {
  return evidence.includes('flux') || evidence.includes('argo-cd')
}

const lastApplied = ['metadata', 'annotations', 'kubectl.kubernetes.io/last-applied-configuration']

/** Engines that apply on the server remove what kubectl has left behind, before anything else. */
function isAdoption({ request, changes }: Case): boolean {
  if (request.operation !== 'UPDATE' || request.subresource !== '') return false
  if (at(request.object ?? undefined, ...lastApplied) !== undefined) return false
  return changes.all().every((path) => lastApplied.every((key, i) => keyAt(path, i) === key))
}

function whyMisplaced({ request, resource, namespace, title }: Case, writer: Writer) {
  const { operation, subresource, name } = request
  if (operation === 'CONNECT' || (subresource !== '' && subresource !== 'scale')) {
    return `${title}: writer ${writer.name} changes objects and their scale; no commit declares this.`
  }
  if (writerCovers(writer, { resource, namespace, name })) return undefined
  return `${title}: writer ${writer.name} writes only in ${writer.namespaces.join(', ')}.`
}
