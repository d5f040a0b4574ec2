import type { ScopeRow } from '../../core/policy/grant-scope-schema.ts'
import { counted, header, painter, table, type Cell } from '../output.ts'
import type { Env } from '../env.ts'
import type { GrantView, UseView } from './grant-view.ts'

/** What one grant is, and what was done under it. */
export function grantText(grant: GrantView, env: Env): string {
  const paint = painter(env.stdout, env.vars)
  const rows: (readonly Cell[])[] = [
    ['grant', grant.name],
    ['holder', `${grant.holder ?? 'unknown'}${whyText(grant)}`],
    ['phase', phaseText(grant)],
    ...labelled('skipped', skippedText(grant)),
    ...labelled('scope', grant.scope.map(scopeText)),
    ...labelled('narrowed', grant.narrowedBy),
    ...labelled('uses', usesText(grant)),
    ['post-mortem', grant.postMortem],
  ]
  const uses =
    grant.uses.length === 0
      ? ''
      : `\n${table([header(...titles), ...grant.uses.map(useRow)], paint)}`
  return table(rows, paint) + uses
}

export function grantsTable(grants: readonly GrantView[], env: Env): string {
  const paint = painter(env.stdout, env.vars)
  const rows = grants.map((grant) => [
    grant.name,
    grant.holder ?? 'unknown',
    grant.incident ?? '',
    grant.phase,
    grant.isActive ? leftText(grant.secondsLeft) : '',
    grant.maxUses === null ? '' : `${grant.uses.length}/${grant.maxUses}`,
  ])
  return table([header('NAME', 'HOLDER', 'INCIDENT', 'PHASE', 'LEFT', 'USES'), ...rows], paint)
}

/** `UPDATE deployments.apps in pay, named api: spec.replicas`. */
function scopeText({ operations, resources, namespaces, names, labels, fields }: ScopeRow) {
  const place =
    namespaces.length === 0
      ? ''
      : namespaces.includes('*')
        ? ' in every namespace'
        : ` in ${namespaces.join(', ')}`
  const named = names === undefined ? '' : `, named ${names.join(', ')}`
  const labelled = labels === undefined ? '' : `, labelled ${labels.join(', ')}`
  const changing = fields === undefined ? '' : `: ${fields.join(', ')}`
  return `${operations.join(', ')} ${resources.join(', ')}${place}${named}${labelled}${changing}`
}

/** `59m 58s`. */
function leftText(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  if (hours > 0) return `${hours}h ${minutes}m`
  return minutes > 0 ? `${minutes}m ${seconds % 60}s` : `${seconds}s`
}

const titles = ['USE', 'TIME', 'OPERATION', 'OBJECT', 'CHANGED', 'STATE', 'DECISION']

function useRow(use: UseView): readonly string[] {
  const { n, time, operation, target, paths, state, resolution, decisionId } = use
  const became = resolution === null ? state : `${state}, ${resolution}`
  return [String(n), time, operation, target, paths.join(' '), became, decisionId]
}

/** One row each; only the first has the label. */
function labelled(label: string, texts: readonly string[]): readonly (readonly Cell[])[] {
  return texts.map((text, i) => [i === 0 ? label : '', text])
}

function whyText({ incident, reason }: GrantView): string {
  return incident === null ? '' : ` (${incident}: ${reason ?? ''})`
}

function skippedText({ approvals }: GrantView): readonly string[] {
  const groups = approvals?.skipped ?? []
  return groups.length === 0 ? [] : [`the approval of ${groups.join(', ')}`]
}

function usesText({ maxUses, uses }: GrantView): readonly string[] {
  return maxUses === null ? [] : [`${uses.length} of ${maxUses}`]
}

function phaseText(grant: GrantView): Cell {
  const { phase, approvals, revoked } = grant
  if (grant.isActive) {
    const text = `Active, ${leftText(grant.secondsLeft)} left (until ${grant.expiresAt ?? ''})`
    return { text, style: 'green' }
  }
  if (phase === 'Pending' && approvals !== null) {
    const { required, groups, by, until, aloneFrom } = approvals
    const had = by.length === 0 ? '' : ` (so far ${by.join(', ')})`
    const who = `${counted(required, 'approvals')} of ${groups.join(' or ')}${had}`
    const alone = aloneFrom === null ? '' : `, or goes on alone from ${aloneFrom} on`
    return { text: `Pending, needs ${who} until ${until ?? ''}${alone}`, style: 'yellow' }
  }
  if (phase === 'Accepted') return 'Accepted: its status is filled with the first write under it'
  if (revoked !== null) return { text: `Revoked by ${revoked.by}: ${revoked.reason}`, style: 'red' }
  return { text: phase, style: 'red' }
}
