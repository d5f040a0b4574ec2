import type { UnseenWrite } from '../../breakglass/post-mortem-bypass.ts'
import type { OwnIdentity } from '../../decision/own-identity.ts'
import type { Json } from '../../manifest/json.ts'
import type { Policy } from '../../policy/schema.ts'
import { readEvent, timesOf, type ApiEvent } from './api-event.ts'
import { aboutOf, changesOf, type Changes } from './changes.ts'
import type { ToldWrite, Why, WriteFinding } from './findings.ts'
import { namedBy, type NamedBy } from './identities.ts'
import { judgeUnasked } from './judge-unasked.ts'
import { openLedger, toFinding } from './ledger.ts'
import { isOwnUser } from './own-work.ts'
import { isDryRun, isToldBy, kindOf, outcomeOf } from './population.ts'
import { toUnseen } from './raised.ts'
import { exemptIn, isNothing, toTold } from './routing.ts'

/** What an event that has just happened is to us. */
type LiveOutcome =
  /** Reads, beginnings, and what is about no resource. */
  | 'other'
  | 'unreadable'
  | 'refused'
  | 'dry-run'
  | 'exempt'
  | 'decided'
  /** Of our own accounts, while nobody asked. */
  | 'own'
  /** Nobody can tell whether it was written. */
  | 'unsure'
  /** Of admission itself. */
  | 'configuration'
  | 'unseen'

export interface LiveJudgement {
  readonly outcome: LiveOutcome
  /** When the event was written by the API server: epoch ms. */
  readonly endedAt: number | undefined
  /** There when it is unseen. */
  readonly unseen?: UnseenWrite
  /** There for a change of what decides whether we are asked. */
  readonly change?: ApiEvent
}

export interface LiveOptions {
  readonly policy: () => Policy
  readonly own: OwnIdentity
}

/**
 * Judges events one by one, without records: that the API server was told of a decision is what its own
 * event says. Keeps nothing but when our configuration changed.
 */
export function liveJudge({ policy, own }: LiveOptions): (line: Json) => LiveJudgement {
  const changes = changesOf()
  let known: { readonly policy: Policy; readonly named: NamedBy } | undefined
  const named: NamedBy = (user) => {
    const current = policy()
    if (known?.policy !== current) known = { policy: current, named: namedBy(current) }
    return known.named(user)
  }
  return (line) => {
    const endedAt = timesOf(line)?.endedAt
    const event = readEvent(line)
    if (event === undefined) return { outcome: 'unreadable', endedAt }
    if (event === 'none') return { outcome: 'other', endedAt }
    return { endedAt, ...judge(event, { named, own, changes }) }
  }
}

interface Context {
  readonly named: NamedBy
  readonly own: OwnIdentity
  readonly changes: Changes
}

type Judged = Omit<LiveJudgement, 'endedAt'>

function judge(event: ApiEvent, context: Context): Judged {
  const kind = kindOf(event)
  if (kind === 'read' || !isToldBy(event, kind)) return { outcome: 'other' }
  if (isDryRun(event, kind)) return { outcome: 'dry-run' }
  if (kind === 'admission') return judgeAdmission(event, context)
  const told = toTold(event, kind, { isInside: true, ...context })
  if (exemptIn(told) !== undefined) return { outcome: 'exempt' }
  if (isNothing(told)) return { outcome: 'refused' }
  return judgeWrite(told, context)
}

function judgeAdmission(event: ApiEvent, { changes, own }: Context): Judged {
  if (outcomeOf(event, 'admission') !== 'done') return { outcome: 'refused' }
  changes.add(event, 'admission', false)
  const isNews = aboutOf(event.target) !== undefined && !isOwnUser(event.user, own)
  return { outcome: 'configuration', ...(isNews && { change: event }) }
}

function judgeWrite(told: ToldWrite, { changes }: Context): Judged {
  const { decisionId, decision, outcome } = told
  if (decisionId === undefined && told.exemption === undefined) {
    const judged = judgeAlone(told, changes)
    if (judged.outcome === 'unseen' || !isBorrowed(told)) return judged
    return raised(told, 'impersonated')
  }
  if (isBorrowed(told)) return raised(told, 'impersonated')
  if (decisionId === undefined) return { outcome: 'exempt' }
  if (outcome === 'done' && decision !== 'allow') return raised(told, 'denied')
  return { outcome: outcome === 'refused' ? 'refused' : 'decided' }
}

function judgeAlone(told: ToldWrite, changes: Changes): Judged {
  const ledger = openLedger()
  judgeUnasked(told, (time) => changes.isInDoubt(time), ledger)
  const [finding] = ledger.unseen.listed().list
  if (finding !== undefined) return toJudged(finding)
  return { outcome: ledger.unsure.listed().count > 0 ? 'unsure' : 'refused' }
}

/** Whoever is meant to act under that name is not among those that are named. */
function isBorrowed({ impersonator, named, outcome }: ToldWrite): boolean {
  return impersonator !== undefined && named !== undefined && outcome !== 'refused'
}

function raised(told: ToldWrite, why: Why): Judged {
  return toJudged(toFinding(told, why))
}

function toJudged(finding: WriteFinding): Judged {
  const unseen = toUnseen(finding)
  return unseen === undefined ? { outcome: 'own' } : { outcome: 'unseen', unseen }
}
