import { canonicalJson } from '../manifest/canonical.ts'
import { at, isJsonObject, type Json } from '../manifest/json.ts'

/** Said once, by whoever verified the token. */
const once = [
  'tokenSHA256',
  'issuer',
  'kid',
  'scope',
  'activatedAt',
  'expiresAt',
  'sessionSeconds',
  'holdSeconds',
  'postMortemTerms',
  'approvalsWanted',
  'incident',
  'reason',
] as const

/** Of a use, what later only tells what became of it. */
const facts = [
  'n',
  'fingerprint',
  'decisionId',
  'time',
  'op',
  'target',
  'paths',
  'pre',
  'post',
  'diff',
  'diffTruncated',
  'program',
  'command',
  'tips',
] as const

/**
 * Why a status may not follow another, whoever writes it: a grant only ever gets narrower, and no use
 * is forgotten. Undefined if it may.
 */
export function whyNotNextStatus(
  before: Json | undefined,
  after: Json | undefined,
): string | undefined {
  const changed = once.find((key) => isSaid(before, key) && !isSame(before, after, key))
  if (changed !== undefined) return `status.${changed} stays what it is`
  if (isMore(at(before, 'maxUses'), at(after, 'maxUses'))) return 'status.maxUses only gets less'
  if (isSaid(before, 'skippedApprovers') && !isSame(before, after, 'skippedApprovers')) {
    return 'status.skippedApprovers stays what it is'
  }
  for (const key of ['username', 'uid', 'credential']) {
    const [old, next] = [at(before, 'subject'), at(after, 'subject')]
    if (isSaid(old, key) && !isSame(old, next, key)) return `status.subject.${key} stays what it is`
  }
  const [uses, later] = [usesOf(before), usesOf(after)]
  if (!keepsUses(uses, later)) return 'no use of it is forgotten'
  return uses.every((use, i) => keepsOutcome(use, later[i]))
    ? undefined
    : 'what became of a use stays what it is'
}

/** What was stored stays so, and what was resolved. That a use came to nothing may be said too early. */
function keepsOutcome(before: Json, after: Json | undefined): boolean {
  const state = at(before, 'state')
  const next = at(after, 'state')
  const isLeft = state === 'Admitted' || next === 'Committed'
  return (
    (state === next || isLeft) &&
    (!isSaid(before, 'resolution') || isSame(before, after, 'resolution'))
  )
}

function keepsUses(before: readonly Json[], after: readonly Json[]): boolean {
  return before.every((use, i) => facts.every((fact) => isSame(use, after[i], fact)))
}

function usesOf(status: Json | undefined): readonly Json[] {
  const uses = at(status, 'uses')
  return Array.isArray(uses) ? (uses as readonly Json[]) : []
}

function isSaid(object: Json | undefined, key: string): boolean {
  return isJsonObject(object) && (at(object, key) ?? null) !== null
}

function isSame(before: Json | undefined, after: Json | undefined, key: string): boolean {
  return canonicalJson(at(before, key) ?? null) === canonicalJson(at(after, key) ?? null)
}

function isMore(before: Json | undefined, after: Json | undefined): boolean {
  if (typeof before !== 'number') return false
  return typeof after !== 'number' || after > before
}
