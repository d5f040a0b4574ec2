import { resourceName, type AdmissionRequest, type UserInfo } from '../admission/request.ts'
import { targetName, targetOf } from '../admission/target.ts'
import type { GrantStore } from '../breakglass/grant-store.ts'
import type { Held } from '../breakglass/held-status.ts'
import type { Activation } from '../breakglass/next-status.ts'
import type { TrustedIssuer } from '../breakglass/token.ts'
import type { Cluster } from '../exceptions/cluster.ts'
import { ownConditions } from '../engines/own-conditions.ts'
import { rowsNaming } from '../exceptions/built-in.ts'
import { matchException, type ExceptionMatch } from '../exceptions/match.ts'
import { classify, type Classified } from '../identity/classify.ts'
import type { ObjectId } from '../manifest/object-id.ts'
import type { Policy } from '../policy/schema.ts'
import { namespaceOf, scopeFor, type ScopeMatch } from '../policy/scope.ts'
import { subjectMatches } from '../policy/subject.ts'
import type { Ground } from '../provenance/proof.ts'
import { changesOf, type Changes } from './changed.ts'
import type { OwnIdentity } from './own-identity.ts'

/** Who may do what in an emergency, apart from what the policy says. */
export interface BreakGlass {
  readonly grants: GrantStore
  /** Issuers of the policy whose keys are known, by `iss`. */
  readonly issuers: ReadonlyMap<string, TrustedIssuer>
  /** The same, read anew where they stand in files: a key that was taken away counts at once no more. */
  readonly freshIssuers?: () => Promise<ReadonlyMap<string, TrustedIssuer>>
  /**
   * Told of a grant that was admitted and is about to be stored: then its status can be filled with
   * what only this request shows of its holder. Without it the first use does so.
   */
  readonly onActivation?: (activation: Activation) => void
  /** Told of each write that was kept from undoing a use, for whoever looks at the grant later. */
  readonly onHeld?: (held: Held) => void
}

/** All that a decision is made from: one snapshot, and ports to Git and the cluster. */
export interface Circumstances extends Ground {
  /** Hash of the policy snapshot. */
  readonly policyHash: string
  readonly clusterUid: string
  /** Hides what could be guessed from digests; replicas share it. */
  readonly digestKey: Uint8Array
  readonly own: OwnIdentity
  readonly cluster: Cluster
  readonly breakGlass: BreakGlass
}

/** One review with what its rows ask again and again. */
export interface Case extends Omit<Circumstances, 'signal' | 'plansSettled' | 'arePlansKnown'> {
  /** For whoever may wait: the signal is asked for late, as most reviews never need it. */
  readonly ground: Ground
  readonly request: AdmissionRequest
  /** Epoch ms: of this moment is the id of the decision, whenever somebody asks for it. */
  readonly openedAt: number
  /** `deployments.apps/scale`. */
  readonly resource: string
  /** Of a Namespace its own name; empty for other cluster-scoped objects. */
  readonly namespace: string
  /** `deployments.apps pay/api`. */
  readonly title: string
  readonly target: ObjectId | undefined
  readonly scope: ScopeMatch
  readonly who: Classified
  readonly changes: Changes
  /** Asked at most once. */
  readonly exception: () => Promise<ExceptionMatch>
}

export function openCase(request: AdmissionRequest, circumstances: Circumstances): Case {
  const { policy, cluster } = circumstances
  const resource = resourceName(request)
  const { namespace, name } = request
  const place = { resource, namespace, name }
  const changes = changesOf(request)
  let asked: Promise<ExceptionMatch> | undefined
  return {
    policy,
    cluster,
    ground: circumstances,
    engineObjects: circumstances.engineObjects,
    repositories: circumstances.repositories,
    declarations: circumstances.declarations,
    now: circumstances.now,
    policyHash: circumstances.policyHash,
    clusterUid: circumstances.clusterUid,
    digestKey: circumstances.digestKey,
    own: circumstances.own,
    breakGlass: circumstances.breakGlass,
    request,
    openedAt: circumstances.now(),
    resource,
    namespace: namespaceOf(place),
    title: targetName(resource, namespace, name),
    target: targetOf(request),
    scope: scopeFor(policy, place),
    who: classify(policy, request.user),
    changes,
    exception: () => (asked ??= findException(request, circumstances, changes)),
  }
}

/** What most people get: no row has to be gone through for them. */
const unnamed: Promise<ExceptionMatch> = Promise.resolve({
  kind: 'not-covered',
  reach: () => undefined,
  isKnown: false,
})

function findException(
  request: AdmissionRequest,
  circumstances: Circumstances,
  { all }: Changes,
): Promise<ExceptionMatch> {
  const { policy, cluster } = circumstances
  if (!isNamed(request.user, policy)) return unnamed
  return matchException(policy, request, {
    cluster,
    signal: circumstances.signal,
    changed: all,
    engineConditions: ownConditions,
  })
}

function isNamed(user: UserInfo, policy: Policy): boolean {
  const isInPolicy = policy.spec.exceptions.some(({ subject }) => subjectMatches(subject, user))
  return isInPolicy || rowsNaming(user.username).length > 0
}
