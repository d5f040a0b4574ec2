import type { AdmissionRequest } from '../admission/request.ts'
import { openCase, type Case, type Circumstances } from './case.ts'
import type { Decision, Verdict } from './decision.ts'
import { decisionId, digestRequest } from './fingerprint.ts'
import { isOwnAccount } from './own-identity.ts'
import { judgeOfOwnKind } from './own-kinds.ts'
import { mayBeProtected } from './protected.ts'
import type { Reason } from './reasons.ts'
import { rows } from './rows.ts'

/** Decides one review: the decision table, then the mode of the scope. */
export async function evaluate(
  request: AdmissionRequest,
  circumstances: Circumstances,
): Promise<Decision> {
  const one = openCase(request, circumstances)
  const verdict = await judge(one)
  const allowed = verdict.kind === 'allow' || isOnlyRecorded(verdict, one.scope.mode)
  return toDecision(one, verdict, { allowed, identity: await identityOf(one) })
}

/** Why a review could not be judged: nothing of what went wrong inside is for the user. */
export type Failure = Pick<Verdict & { readonly kind: 'deny' }, 'reason' | 'message'>

/**
 * The answer to a review that could not be judged: a denial under the mode of its scope, or in every
 * mode if row 2 or 3 might have denied it.
 */
export function evaluateFailure(
  request: AdmissionRequest,
  failure: Failure,
  circumstances: Circumstances,
): Decision {
  const one = openCase(request, circumstances)
  const verdict: Verdict = {
    kind: 'deny',
    ...failure,
    paths: [],
    rule: undefined,
    provenance: undefined,
  }
  const isGuarded = judgeOfOwnKind(one) !== undefined || mayBeProtected(one)
  const allowed = isOnlyRecorded(verdict, one.scope.mode) && !isGuarded
  return toDecision(one, verdict, {
    allowed,
    identity: one.who.kind === 'human' ? 'human' : 'writer',
  })
}

async function judge(one: Case): Promise<Verdict> {
  for (const row of rows) {
    const answer = row(one)
    // Most rows answer at once.
    const verdict = answer instanceof Promise ? await answer : answer
    if (verdict !== undefined) return verdict
  }
  throw new Error('the decision table has no last row')
}

function toDecision(
  one: Case,
  verdict: Verdict,
  { allowed, identity }: Pick<Decision, 'allowed' | 'identity'>,
): Decision {
  const { request, scope, policyHash, clusterUid } = one
  // A large object takes longer to digest than to judge: only what may be written has a before.
  const isPreWanted = verdict.kind === 'allow' && one.changes.shown().length > 0
  const digests = digestRequest(request, one.digestKey, isPreWanted)
  return {
    ...digests,
    id: decisionId(clusterUid, digests.fingerprint, one.openedAt),
    verdict,
    mode: scope.mode,
    allowed,
    identity,
    changed: one.changes.shown(),
    policy: policyHash,
  }
}

const inEveryMode: ReadonlySet<Reason> = new Set(['Protected', 'ReviewMalformed', 'TokenRefused'])

/** Under `audit` and `warn` a denial becomes an allow; what guards ourselves stays a denial. */
function isOnlyRecorded({ reason }: Verdict, mode: Decision['mode']): boolean {
  if (inEveryMode.has(reason)) return false
  return mode === 'audit' || mode === 'warn' || mode === 'off'
}

async function identityOf(one: Case): Promise<Decision['identity']> {
  if (isOwnAccount(one.request.user, one.own)) return 'own'
  if (one.who.kind !== 'human') return 'writer'
  const match = await one.exception()
  return match.kind === 'covered' || match.isKnown ? 'exception' : 'human'
}
