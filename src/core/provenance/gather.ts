import { annotationEvidence, areAnnotationsChanged, readAnnotations } from './annotation.ts'
import type { Claim, Evidence } from './claim.ts'
import { engineEvidence } from './engine-evidence.ts'
import type { Freshness } from './engine-state.ts'
import { oidcEvidence } from './oidc.ts'
import { refuted, type Ground, type Refutation, type Subject } from './proof.ts'
import { repositoryNamed } from './repository-claim.ts'

export type Gathered = { readonly kind: 'claims'; readonly claims: readonly Claim[] } | Refutation

/** The claims of the first of the writer's providers that makes one. */
export async function gatherClaims(
  subject: Subject,
  ground: Ground,
  freshness: Freshness,
): Promise<Gathered> {
  const reasons: string[] = []
  for (const provider of subject.writer.evidence) {
    const asked = ask(provider, { subject, ground, freshness })
    const evidence = asked instanceof Promise ? await asked : asked
    if (evidence.kind === 'refused') return refuted(evidence.reason, evidence.why)
    if (evidence.kind === 'claims') return agreed(evidence.claims, subject, ground)
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
export async function gatherDeletionClaims(
  subject: Subject,
  ground: Ground,
  freshness: Freshness,
): Promise<Gathered | { readonly kind: 'unneeded' }> {
  const { writer } = subject
  const evidence = writer.evidence.filter((provider) => provider !== 'annotation')
  if (evidence.length === 0) return { kind: 'unneeded' }
  const asking = { ...subject, writer: { ...writer, evidence } }
  const gathered = await gatherClaims(asking, ground, freshness)
  const isSilent = gathered.kind === 'refuted' && gathered.reason === 'EvidenceMissing'
  return isSilent && evidence.length < writer.evidence.length ? { kind: 'unneeded' } : gathered
}

interface Asking {
  readonly subject: Subject
  readonly ground: Ground
  readonly freshness: Freshness
}

function ask(
  provider: Claim['provider'],
  { subject, ground, freshness }: Asking,
): Evidence | Promise<Evidence> {
  const { request, writer } = subject
  if (provider === 'annotation') return annotationEvidence(request, writer)
  if (provider === 'oidc') return oidcEvidence(request, writer, ground.policy.spec.repositories)
  return engineEvidence(provider, subject, ground, freshness)
}

/** Whoever is attested otherwise and writes our annotations as well must say the same twice. */
function agreed(
  claims: readonly Claim[],
  { request }: Subject,
  { policy }: Pick<Ground, 'policy'>,
): Gathered {
  const [first] = claims
  const isSaid = first === undefined || first.provider === 'annotation'
  if (isSaid || request.subresource !== '') return { kind: 'claims', claims }
  const { repository, commit } = readAnnotations(request.object ?? undefined)
  const isSilent = repository === undefined && commit === undefined
  if (isSilent || !areAnnotationsChanged(request)) return { kind: 'claims', claims }
  const named = (said: unknown) =>
    typeof said === 'string' ? repositoryNamed(policy.spec.repositories, said)?.name : undefined
  const same = claims.filter(
    (claim) => named(repository) === (named(claim.repository) ?? '') && commit === claim.commit,
  )
  if (same.length > 0) return { kind: 'claims', claims: same }
  const why = `its annotations say something else than its ${first.provider} evidence`
  return refuted('EvidenceConflict', why)
}
