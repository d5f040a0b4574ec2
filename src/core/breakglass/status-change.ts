import { canonicalJson } from '../manifest/canonical.ts'
import { at, isJsonObject, type Json } from '../manifest/json.ts'

/** Said once, by whoever verified the token. */
const once = [
  'tokenSHA256',
  'issuer',
  'kid',
  'scope',
  'maxUses',
  'activatedAt',
  'expiresAt',
  'sessionSeconds',
  'holdSeconds',
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
  for (const key of ['username', 'uid', 'credential']) {
    const [old, next] = [at(before, 'subject'), at(after, 'subject')]
    if (isSaid(old, key) && !isSame(old, next, key)) return `status.subject.${key} stays what it is`
  }
  return keepsUses(usesOf(before), usesOf(after)) ? undefined : 'no use of it is forgotten'
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
