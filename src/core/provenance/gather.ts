import { annotationEvidence, areAnnotationsChanged, readAnnotations } from './annotation.ts'
import type { Claim, Evidence } from './claim.ts'
import { oidcEvidence } from './oidc.ts'
import { refuted, type Ground, type Refutation, type Subject } from './proof.ts'
import { repositoryNamed } from './repository-claim.ts'

export type Gathered = { readonly kind: 'claim'; readonly claim: Claim } | Refutation

/** The claim of the first of the writer's providers that makes one. */
export function gatherClaim(subject: Subject, ground: Pick<Ground, 'policy'>): Gathered {
  const reasons: string[] = []
  for (const provider of subject.writer.evidence) {
    const evidence = ask(provider, subject, ground)
    if (evidence.kind === 'refused') return refuted(evidence.reason, evidence.why)
    if (evidence.kind === 'claim') return agreed(evidence.claim, subject, ground)
    reasons.push(evidence.why)
  }
  return refuted(
    'EvidenceMissing',
    `nothing says which commit it comes from: ${reasons.join('; ')}`,
  )
}

/**
 * For a DELETE, which carries no annotations: a writer who has nothing else needs no claim there.
 * A job's token says where it runs whatever it does.
 */
export function gatherDeletionClaim(
  subject: Subject,
  ground: Pick<Ground, 'policy'>,
): Gathered | { readonly kind: 'unneeded' } {
  const { writer } = subject
  const evidence = writer.evidence.filter((provider) => provider !== 'annotation')
  if (evidence.length === 0) return { kind: 'unneeded' }
  const gathered = gatherClaim({ ...subject, writer: { ...writer, evidence } }, ground)
  const isSilent = gathered.kind === 'refuted' && gathered.reason === 'EvidenceMissing'
  return isSilent && evidence.length < writer.evidence.length ? { kind: 'unneeded' } : gathered
}

function ask(
  provider: Claim['provider'],
  { request, writer }: Subject,
  { policy }: Pick<Ground, 'policy'>,
): Evidence {
  if (provider === 'annotation') return annotationEvidence(request, writer)
  if (provider === 'oidc') return oidcEvidence(request, writer, policy.spec.repositories)
  return { kind: 'none', why: `evidence ${provider} is not built yet` }
}

/** Whoever is attested otherwise and writes our annotations as well must say the same twice. */
function agreed(claim: Claim, { request }: Subject, { policy }: Pick<Ground, 'policy'>): Gathered {
  if (claim.provider === 'annotation' || request.subresource !== '') return { kind: 'claim', claim }
  const { repository, commit } = readAnnotations(request.object ?? undefined)
  const isSilent = repository === undefined && commit === undefined
  if (isSilent || !areAnnotationsChanged(request)) return { kind: 'claim', claim }
  const named = (said: unknown) =>
    typeof said === 'string' ? repositoryNamed(policy.spec.repositories, said)?.name : undefined
  const isSameRepository = named(repository) === (named(claim.repository) ?? '')
  if (isSameRepository && commit === claim.commit) return { kind: 'claim', claim }
  const why = `its annotations say something else than its ${claim.provider} evidence`
  return refuted('EvidenceConflict', why)
}
