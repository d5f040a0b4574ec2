import type { AdmissionRequest, UserInfo } from '../admission/request.ts'
import type { PolicyRepository, Writer } from '../policy/schema.ts'
import type { Evidence } from './claim.ts'
import { repositoryNamed } from './repository-claim.ts'

/**
 * Claims of the job's own token, mapped into `userInfo.extra` by structured authentication. They
 * hold for every write of the job, subresources included.
 */
export function oidcEvidence(
  request: AdmissionRequest,
  writer: Writer,
  repositories: readonly PolicyRepository[],
): Evidence {
  const { oidc, events } = writer
  const [repository, sha, ref, event] = [oidc.repository, oidc.sha, oidc.ref, oidc.event].map(
    (key) => single(request.user, key),
  )
  if (repository === undefined || sha === undefined || ref === undefined || event === undefined) {
    const keys = [oidc.repository, oidc.sha, oidc.ref, oidc.event]
    const absent = keys.filter((key) => single(request.user, key) === undefined)
    return { kind: 'none', why: `its token lacks ${absent.join(', ')}` }
  }
  const claim = { provider: 'oidc', repository, commit: sha } as const
  if (!events.includes(event)) {
    return refused(`the job was started by ${event.slice(0, 60)}; ${events.join(', ')} count`)
  }
  const known = repositoryNamed(repositories, repository)
  // An unknown repository is refused later, by its own reason.
  if (known === undefined || known.branches.some((branch) => ref === `refs/heads/${branch}`)) {
    return { kind: 'claims', claims: [claim] }
  }
  return refused(`the job ran on ${ref.slice(0, 120)}; ${known.branches.join(', ')} count`)
}

function refused(why: string): Evidence {
  return { kind: 'refused', reason: 'EvidenceRefused', why }
}

/** A claim with several values says nothing: which of them would be meant? */
function single(user: UserInfo, key: string): string | undefined {
  const values = user.extra.get(key) ?? []
  return values.length === 1 && values[0] !== '' ? values[0] : undefined
}
