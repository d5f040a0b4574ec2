import { breadthOf } from '../breakglass/breadth.ts'
import type { Changed } from '../breakglass/grant-store.ts'
import { momentText } from '../breakglass/moment.ts'
import { statusWithUse } from '../breakglass/next-status.ts'
import { ruleFor } from '../breakglass/rule-for.ts'
import { toUse, type GrantedWrite } from '../breakglass/use.ts'
import { GuardError } from '../errors.ts'
import type { JsonObject } from '../manifest/json.ts'
import { carriedBy, nameOf, type Carried } from './carrier.ts'
import type { Case } from './case.ts'
import type { Verdict } from './decision.ts'
import { humanMessage } from './human-message.ts'
import {
  judgeGrant,
  writeUnderGrant,
  type GrantJudgement,
  type Unusable,
  type Usable,
} from './judge-grant.ts'
import { deny, type Row } from './row.ts'

/**
 * Row 9: a human whose grant covers the write. The use is stored before anything is allowed. Where a
 * denial is only recorded, nobody needs a grant and none is used.
 */
export const breakGlass: Row = async (one: Case) => {
  if (one.who.kind !== 'human' || one.scope.mode !== 'enforce') return undefined
  if (one.policy.spec.breakGlass.rules.length === 0) return undefined
  try {
    const current = await withFreshKeys(one)
    return await judgeUnderGrants(current)
  } catch (error) {
    if (!(error instanceof GuardError) || error.code !== 'ClusterUnreachable') throw error
    return deny('RecordFailed', `${one.title}: your break-glass grants cannot be read. Try again.`)
  }
}

/** Whom no rule names has nothing that a key could give. */
async function withFreshKeys(one: Case): Promise<Case> {
  const { breakGlass, policy, request } = one
  if (breakGlass.freshIssuers === undefined || ruleFor(policy, request.user) === undefined) {
    return one
  }
  return { ...one, breakGlass: { ...breakGlass, issuers: await breakGlass.freshIssuers() } }
}

async function judgeUnderGrants(one: Case): Promise<Verdict | undefined> {
  const carried = await carriedBy(one)
  const write = writeUnderGrant(one, carried.kind === 'good')
  const first = await useOfCarried(one, write, carried)
  if (first !== undefined && first.kind !== 'unusable') return first
  return judgeStored(one, write, first === undefined ? [] : [first])
}

async function useOfCarried(
  one: Case,
  write: GrantedWrite,
  carried: Carried,
): Promise<Verdict | Unusable | undefined> {
  if (carried.kind === 'none') return undefined
  return carried.kind === 'refused' ? carried.refusal : firstUse(one, write, carried)
}

/** `before`: what was refused already. */
async function judgeStored(
  one: Case,
  write: GrantedWrite,
  before: readonly Unusable[],
): Promise<Verdict | undefined> {
  const refusals = [...before]
  const looks = looksOf(one)
  for (const freshness of looks) {
    const judged = await judgeAll(one, write, freshness)
    if (freshness === looks.at(-1)) refusals.push(...judged.filter(isUnusable))
    for (const candidate of judged.filter(isUsable).toSorted(narrowestFirst)) {
      const spent = await spend(one, write, candidate)
      if (spent.kind !== 'unusable') return spent
      refusals.push(spent)
    }
  }
  const [worst] = refusals.toSorted((a, b) => b.weight - a.weight)
  return worst === undefined ? undefined : refuse(one, worst)
}

/**
 * Makes the grant of a token that the write itself brings, unless that would be in vain. Undefined if
 * there is one already: then it is a grant like any other, and the token is spent.
 */
async function firstUse(
  one: Case,
  write: GrantedWrite,
  { grant, preview }: Carried & { readonly kind: 'good' },
): Promise<Verdict | Unusable | undefined> {
  const { grants } = one.breakGlass
  const name = nameOf(grant)
  if ((await grants.read(name, one.ground.signal)) !== undefined) return undefined
  const judged = await judgeGrant(one, write, preview)
  if (judged.kind !== 'usable') return judged.kind === 'silent' ? undefined : judged
  if (one.request.dryRun) return spend(one, write, judged)
  const made = await grants.create(grant, one.ground.signal)
  return made === 'exists' ? undefined : spend(one, write, judged)
}

/**
 * First by what a watch has seen, then by what is there: nothing is denied for what may be a moment
 * old. A dry run stores nothing by which it would be noticed. Whom no rule names has nothing to hope
 * for, and may be an operator that is denied all day long.
 */
function looksOf({ request, policy }: Case): readonly ('seen' | 'live')[] {
  if (ruleFor(policy, request.user) === undefined) return ['seen']
  return request.dryRun ? ['live'] : ['seen', 'live']
}

async function judgeAll(
  one: Case,
  write: GrantedWrite,
  freshness: 'seen' | 'live',
): Promise<readonly GrantJudgement[]> {
  const { grants } = one.breakGlass
  const { username } = one.request.user
  const objects = await grants.ofUser(username, freshness, one.ground.signal)
  return Promise.all(objects.map((object) => judgeGrant(one, write, object)))
}

function isUsable(judgement: GrantJudgement): judgement is Usable {
  return judgement.kind === 'usable'
}

function isUnusable(judgement: GrantJudgement): judgement is Unusable {
  return judgement.kind === 'unusable'
}

/** What has the use already, then the narrowest, then the oldest. */
function narrowestFirst(a: Usable, b: Usable): number {
  const isKnown = ({ known }: Usable) => (known === undefined ? 1 : 0)
  const breadth = ({ terms }: Usable) => Math.min(...terms.scopes.map(breadthOf))
  return (
    isKnown(a) - isKnown(b) ||
    breadth(a) - breadth(b) ||
    a.grant.createdAt - b.grant.createdAt ||
    (a.grant.name < b.grant.name ? -1 : 1)
  )
}

interface Used {
  readonly kind: 'used'
  readonly n: number
  readonly of: Usable
}

/** The grant is judged anew as it is when the use is stored. */
async function spend(
  one: Case,
  write: GrantedWrite,
  candidate: Usable,
): Promise<Verdict | Unusable> {
  const { name } = candidate.grant
  if (one.request.dryRun) return allowed(candidate, 'would have been a use: this is a dry run')
  const { signal } = one.ground
  const change = (object: JsonObject) => useOf(one, write, { name, object })
  const amended = await one.breakGlass.grants.amend(name, change, signal)
  if (amended.kind === 'failed') {
    const message = `${one.title}: the use of grant ${name} could not be stored: ${amended.why}. Try again.`
    return deny('RecordFailed', message, { rule: name })
  }
  if (amended.kind === 'gone') return gone(one, name)
  const { answer } = amended
  if (answer.kind !== 'used') return answer
  return allowed(answer.of, `use ${answer.n}/${answer.of.terms.maxUses}`)
}

async function useOf(
  one: Case,
  write: GrantedWrite,
  { name, object }: { readonly name: string; readonly object: JsonObject },
): Promise<Changed<Used | Unusable>> {
  const judged = await judgeGrant(one, write, object)
  if (judged.kind === 'silent') return { kind: 'leave', answer: gone(one, name) }
  if (judged.kind === 'unusable') return { kind: 'leave', answer: judged }
  const { grant, terms, credential, fingerprint, known, now } = judged
  if (known !== undefined) {
    return { kind: 'leave', answer: { kind: 'used', n: known, of: judged } }
  }
  const n = Math.max(0, ...terms.uses.map((use) => use.n)) + 1
  const use = toUse(write, { n, fingerprint, time: now })
  const bound = { uid: one.request.user.uid, credential }
  const status = statusWithUse(judged.object, { grant, terms, use, bound })
  return { kind: 'store', status, answer: { kind: 'used', n, of: judged } }
}

function gone({ title }: Case, grant: string): Unusable {
  const message = `${title}: grant ${grant} is gone.`
  return { kind: 'unusable', reason: 'GrantEnded', message, paths: [], grant, weight: 2 }
}

function allowed({ grant, terms }: Usable, what: string): Verdict {
  return {
    kind: 'allow',
    reason: 'BreakGlass',
    rule: grant.name,
    provenance: undefined,
    notice: `BREAK-GLASS ${grant.name} ${what}, expires ${momentText(terms.expiresAt)}${skippedText(terms.skipped)}`,
  }
}

function skippedText(groups: readonly string[]): string {
  return groups.length === 0 ? '' : `, without approval of ${groups.join(', ')}`
}

/** With where the change belongs, since that is the way out that is left. */
async function refuse(one: Case, unusable: Unusable): Promise<Verdict> {
  const { reason, message, paths, grant } = unusable
  return deny(reason, `${message} ${await humanMessage(one)}`, { rule: grant, paths })
}
