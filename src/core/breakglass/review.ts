import type { UserInfo } from '../admission/request.ts'
import { canonicalJson } from '../manifest/canonical.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { credentialOf, notShown } from './credential.ts'
import { holderOf } from './holder.ts'
import { momentOf } from './moment.ts'
import { isActor } from './post-mortem-bypass.ts'
import { matching, members, oneOf } from './shape.ts'

/** Whether breaking the glass was called for. */
export const verdicts = ['justified', 'unjustified', 'inconclusive'] as const

const text = matching(/^/, 'a text')
const shape = members(
  { by: matching(/./, 'a text') },
  { at: text, verdict: oneOf(...verdicts), text, link: text },
)

/** For whoever writes down the time by hand. */
const quarterHour = 900_000

interface Reviewing {
  readonly before: JsonObject
  readonly after: JsonObject
  readonly user: UserInfo
  /** Undefined once it is gone. */
  readonly grant: JsonObject | undefined
  /** Epoch ms. */
  readonly now: number
}

/** Why a PostMortem may not get this `spec.review`. Undefined if it may. */
export function whyNotReview(reviewing: Reviewing): string | undefined {
  const { before, after, user, now } = reviewing
  const [old, review] = [before, after].map((one) => at(one, 'spec', 'review') ?? null)
  if (isSame(old, review)) return undefined
  if (stringAt(before, 'status', 'phase') === 'Closed') return 'what is closed keeps its review'
  if (!isJsonObject(review)) return 'a review is not taken away'
  const unfit = shape(review, 'spec.review')
  if (unfit !== undefined) return unfit
  if (review['by'] !== user.username) return 'spec.review.by has to be your own username'
  const isJudged = [old, review].some((one) => at(one ?? undefined, 'verdict') !== undefined)
  return (isJudged ? whyNotTheirs(reviewing) : undefined) ?? whyNotNow(old, review, now)
}

/** Somebody has come to a verdict, or nobody will any more. */
export function hasJudgement(postMortem: JsonObject): boolean {
  const verdict = stringAt(postMortem, 'spec', 'review', 'verdict')
  return verdict !== undefined || stringAt(postMortem, 'status', 'phase') === 'Closed'
}

function whyNotTheirs(reviewing: Reviewing): string | undefined {
  const actor = stringAt(reviewing.before, 'spec', 'bypass', 'actor')
  return actor === undefined ? whyNoJudge(reviewing) : whyNoJudgeOf(actor, reviewing.user)
}

/** What happened is for the holder to write down; what to think of it is not. */
function whyNoJudge({ before, grant, user }: Reviewing): string | undefined {
  const said = stringAt(before, 'status', 'holder') ?? ''
  const holder = said === '' ? holderOf(grant ?? {}) : said
  if (holder === undefined) return 'nobody knows yet whose grant it was: try again'
  const credential = credentialOf(user)
  const isCertificate = credential?.startsWith('X509SHA256=') === true
  const used = stringAt(grant, 'status', 'subject', 'credential')
  // The holder under another name; that somebody came with a token says nothing of who.
  const isSame = isCertificate && used === credential
  if (holder === user.username || isSame) return 'nobody reviews their own grant'
  return credential === undefined ? notShown : undefined
}

/** Of what was written past us, with which credential is not known. */
function whyNoJudgeOf(actor: string, user: UserInfo): string | undefined {
  if (isActor(actor, user.username)) return 'nobody reviews their own writes'
  return credentialOf(user) === undefined ? notShown : undefined
}

/** It shows whether the review was in time. */
function whyNotNow(old: Json | undefined, review: JsonObject, now: number): string | undefined {
  const said = stringAt(review, 'at')
  if (said === undefined || said === stringAt(old, 'at')) return undefined
  const moment = momentOf(said) ?? 0
  return Math.abs(now - moment) <= quarterHour ? undefined : 'spec.review.at has to be the time now'
}

function isSame(one: Json | undefined, other: Json | undefined): boolean {
  return canonicalJson(one ?? null) === canonicalJson(other ?? null)
}
