import { openCase } from '../decision/case.ts'
import { protectedObject } from '../decision/protected.ts'
import type { JsonObject } from '../manifest/json.ts'
import { requestOf, type LiveObject } from './live-object.ts'
import type { DeniedBy, FindingKind, WouldDeny } from './result.ts'
import type { Scene } from './scene.ts'

/** What would have been written, had somebody asked. */
export interface Drifted {
  readonly kind: FindingKind
  readonly live: LiveObject
  /** As it is declared; null where it is not. */
  readonly before: JsonObject | null
}

const rules = {
  Protected: { reason: 'Protected', row: 3, rule: 'what guards the cluster' },
  Sealed: { reason: 'Sealed', row: 5, rule: 'sealed scope' },
  HumanWrite: { reason: 'HumanWrite', row: 10, rule: 'people write to Git' },
  NotDeclared: { reason: 'NotDeclared', row: 8, rule: 'declared by the commit' },
  ContentMismatch: { reason: 'ContentMismatch', row: 8, rule: 'content of the commit' },
  StillDeclared: { reason: 'StillDeclared', row: 8, rule: 'deleted in Git first' },
  CommitSuperseded: { reason: 'CommitSuperseded', row: 8, rule: 'newest commit' },
} as const satisfies Readonly<Record<string, DeniedBy>>

const ofWriters = {
  undeclared: rules.NotDeclared,
  different: rules.ContentMismatch,
  missing: rules.StillDeclared,
  superseded: rules.CommitSuperseded,
} as const satisfies Readonly<Record<FindingKind, DeniedBy>>

/**
 * What the decision table says to a person, and to a writer without a better commit, who makes now what
 * was found; undefined where it is asked about nothing, since the scope is off.
 */
export async function wouldDeny(drifted: Drifted, scene: Scene): Promise<WouldDeny | undefined> {
  const one = openCase(writeOf(drifted), scene)
  const { mode } = one.scope
  const hasWriters = scene.policy.spec.writers.length > 0
  const byWriter = ofWriters[drifted.kind]
  if ((await protectedObject(one)) !== undefined) {
    const shown = mode === 'off' ? 'enforce' : mode
    return { human: rules.Protected, ...(hasWriters && { writer: byWriter }), mode: shown }
  }
  if (mode === 'off') return undefined
  const isSealed = mode === 'sealed' && one.namespace !== scene.own.namespace
  const human = isSealed ? rules.Sealed : rules.HumanWrite
  const writer = isSealed ? rules.Sealed : byWriter
  return { human, ...(hasWriters && { writer }), mode }
}

function writeOf({ kind, live, before }: Drifted) {
  const { object } = live
  if (kind === 'missing') {
    return requestOf(live, { operation: 'DELETE', object: null, oldObject: object })
  }
  const operation = before === null ? 'CREATE' : 'UPDATE'
  return requestOf(live, { operation, object, oldObject: before })
}
