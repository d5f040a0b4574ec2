import { offerOf } from '../core/breakglass/offer.ts'
import { presets } from '../core/breakglass/presets.ts'
import { formatDuration } from '../core/policy/duration.ts'
import type { BreakGlassIssuer, BreakGlassRule, Policy } from '../core/policy/schema.ts'
import { counted } from './output.ts'

/** Who may do what in an emergency, one line for each issuer, key and rule. */
export function breakGlassLines({ spec }: Policy): readonly string[] {
  const { issuers, rules } = spec.breakGlass
  return [...issuers.flatMap(issuerLines), ...rules.map(ruleLine)]
}

export function breakGlassFacts({ spec }: Policy) {
  const { issuers, rules } = spec.breakGlass
  return {
    issuers: issuers.map(({ name, issuer, keys }) => ({ name, issuer, keys })),
    rules: rules.map((rule) => ({ subjects: rule.subjects, ...offerOf(rule) })),
  }
}

function issuerLines(issuer: BreakGlassIssuer): readonly string[] {
  return [
    `break-glass issuer ${issuer.name}: tokens of ${issuer.issuer}, with ${keysText(issuer)}`,
    ...issuer.keys.map((key) => `  key ${key.kid}: ${limitsText(key)}`),
  ]
}

function keysText({ jwks, jwksFile, jwksUrl }: BreakGlassIssuer): string {
  return jwks === undefined
    ? `the keys of ${jwksFile ?? jwksUrl ?? 'nowhere'}`
    : `keys ${jwks.keys.map(({ kid }) => kid).join(', ')}`
}

function limitsText({ users, maxSession, notAfter }: BreakGlassIssuer['keys'][number]): string {
  const limits = [
    ...(users === undefined ? [] : [`only for ${users.join(', ')}`]),
    ...(maxSession === undefined ? [] : [`sessions of at most ${formatDuration(maxSession)}`]),
    ...(notAfter === undefined ? [] : [`until ${new Date(notAfter).toISOString()}`]),
  ]
  return limits.length === 0 ? 'no limits' : limits.join(', ')
}

function ruleLine(rule: BreakGlassRule, position: number): string {
  const { groups = [], users = [] } = rule.subjects
  const who = [...groups.map((one) => `group ${one}`), ...users.map((one) => `user ${one}`)]
  const { session, maxUses, presets: useful } = offerOf(rule)
  const limits = `sessions of at most ${formatDuration(session)}, ${counted(maxUses, 'uses')}`
  return `break-glass rule ${position + 1}: ${who.join(', ')}: ${limits}${approvalText(rule)}; ${presetsText(useful)}`
}

function approvalText({ approvals: { required, groups, bypass } }: BreakGlassRule): string {
  if (required === 0) return ''
  const alone =
    bypass === undefined
      ? ''
      : `, or alone after ${formatDuration(bypass.after)} (${formatDuration(bypass.maxSession)}, ${counted(bypass.maxUses, 'uses')})`
  return `, ${counted(required, 'approvals')} of ${groups.join(', ')}${alone}`
}

function presetsText(useful: readonly string[]): string {
  if (useful.length === presets.length) return 'every preset'
  return useful.length === 0 ? 'no preset' : `presets ${useful.join(', ')}`
}
