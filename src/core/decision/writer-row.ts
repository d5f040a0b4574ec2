import { writerCovers } from '../policy/explain.ts'
import type { Writer } from '../policy/schema.ts'
import { verifyDeletion } from '../provenance/deletion.ts'
import { gatherClaim, gatherDeletionClaim } from '../provenance/gather.ts'
import type { Ground, Proof, Subject } from '../provenance/proof.ts'
import { verifyClaim } from '../provenance/verify.ts'
import type { Case } from './case.ts'
import type { Verdict } from './decision.ts'
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
  const proof = await prove({ request: one.request, writer, target: one.target }, one)
  if (proof.kind === 'proven') return allow('VerifiedCommit', writer.name, proof.provenance)
  const { reason, why, paths = [] } = proof
  return deny(reason, `${one.title}: ${why}.`, { rule: writer.name, paths })
}

function prove(subject: Subject, one: Case): Promise<Proof> {
  if (subject.request.operation === 'DELETE') return proveDeletion(subject, one.ground)
  const gathered = gatherClaim(subject, one.ground)
  if (gathered.kind === 'refuted') return Promise.resolve(gathered)
  return verifyClaim(gathered.claim, subject, one.ground)
}

/** The claim, where one is needed, only has to be of a commit that counts. */
async function proveDeletion(subject: Subject, ground: Ground): Promise<Proof> {
  const gathered = gatherDeletionClaim(subject, ground)
  if (gathered.kind === 'refuted') return gathered
  if (gathered.kind === 'claim') {
    const writer = { ...subject.writer, verify: 'commit' } as const
    const proof = await verifyClaim(gathered.claim, { ...subject, writer }, ground)
    if (proof.kind === 'refuted') return proof
  }
  return verifyDeletion(subject, ground)
}

function whyMisplaced({ request, resource, namespace, title }: Case, writer: Writer) {
  const { operation, subresource, name } = request
  if (operation === 'CONNECT' || (subresource !== '' && subresource !== 'scale')) {
    return `${title}: writer ${writer.name} changes objects and their scale; no commit declares this.`
  }
  if (writerCovers(writer, { resource, namespace, name })) return undefined
  return `${title}: writer ${writer.name} writes only in ${writer.namespaces.join(', ')}.`
}
