import { formatDuration } from '../policy/duration.ts'
import type { BreakGlassRule } from '../policy/schema.ts'
import { meetScopes } from './scope-meet.ts'
import type { GrantScope } from './scope.ts'
import type { VerifiedToken } from './token.ts'

/** What a token asks for; what it leaves out is the rule's to say. */
export type AskedTerms = Pick<VerifiedToken, 'scope' | 'session' | 'maxUses' | 'hold' | 'keyLimits'>

/** What a grant is, at most. Durations are ms. */
export interface GrantTerms {
  /** Empty when the rule allows nothing of it. */
  readonly scope: GrantScope
  readonly session: number
  readonly maxUses: number
  readonly hold: number
  /** Everything that the token asks for and does not get, with the reason, for the status. */
  readonly narrowedBy: readonly string[]
}

/** The intersection of a token with the rule of its holder and the limits of its key. */
export function grantTerms(asked: AskedTerms, rule: BreakGlassRule): GrantTerms {
  const { scope, narrowedBy } =
    rule.maxScope === undefined
      ? { scope: asked.scope, narrowedBy: [] }
      : meetScopes(asked.scope, rule.maxScope)
  const session = least('session', formatDuration, [
    ['the token', asked.session],
    ['maxSession of the rule', rule.maxSession],
    ['maxSession of the key', asked.keyLimits.maxSession],
  ])
  const uses = least('uses', String, [
    ['the token', asked.maxUses],
    ['maxUses of the rule', rule.maxUses],
  ])
  const hold = least('hold', formatDuration, [
    ['the token', asked.hold],
    ['reconcileHold of the rule', rule.reconcileHold],
  ])
  return {
    scope,
    session: session.value,
    maxUses: uses.value,
    hold: hold.value,
    narrowedBy: [...narrowedBy, ...session.narrowedBy, ...uses.narrowedBy, ...hold.narrowedBy],
  }
}

type Bounds = readonly [
  asked: readonly [who: string, value: number | undefined],
  ...limits: (readonly [who: string, value: number | undefined])[],
]

function least(what: string, text: (value: number) => string, bounds: Bounds) {
  const known = bounds.flatMap(([who, value]) => (value === undefined ? [] : [{ who, value }]))
  const value = Math.min(...known.map((one) => one.value))
  const [, asked] = bounds[0]
  const by = known.find((one) => one.value === value)?.who ?? ''
  return {
    value,
    narrowedBy:
      asked === undefined || asked === value
        ? []
        : [`${what} is ${text(value)} rather than ${text(asked)}: ${by}`],
  }
}
