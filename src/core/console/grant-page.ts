import type { UseFacts } from '../breakglass/narrative-uses.ts'
import { resolutionText } from '../breakglass/narrative-uses.ts'
import { html, type Content, type Html } from '../html/html.ts'
import type { ScopeRow } from '../policy/grant-scope-schema.ts'
import { decisionAddress, postMortemAddress } from './addresses.ts'
import { diffTable } from './diff-table.ts'
import { framed, type Site } from './frame.ts'
import { grantBadge, type GrantFacts } from './grants-page.ts'
import { badge, empty, facts, notice, table, when } from './parts.ts'

export interface GrantView {
  readonly grant: GrantFacts
  readonly uses: readonly UseFacts[]
}

export function grantPage({ grant, uses }: GrantView, site: Site): string {
  const { name, phase, narrowedBy, scope } = grant
  const body = html`<div class="verdict">
      ${grantBadge(phase)} <strong>${grant.holder ?? 'unknown'}</strong>
    </div>
    <div class="card">${facts(grantRows(grant, site.now))}</div>
    <h2>What it covers</h2>
    ${scope.length === 0 ? empty('Nothing yet: its status is not filled.') : scopeTable(scope)}
    ${narrowedBy.length === 0 ? '' : notice('plain', html`Asked for and not given: ${narrowedBy.join('; ')}`)}
    <h2>Uses</h2>
    ${uses.length === 0 ? empty('Nothing was written under it.') : uses.map((use) => useCard(use, site.now))}`
  return framed({ title: `Grant ${name}`, section: 'break-glass', body }, site)
}

type Rows = readonly (readonly [string, Content])[]

function grantRows(grant: GrantFacts, now: number): Rows {
  const { approvals, revoked, postMortem } = grant
  return [
    ['Incident', grant.incident],
    ['Reason', grant.reason],
    ['Created', when(grant.createdAt, now)],
    ['Active from', grant.activatedAt === null ? '' : when(grant.activatedAt, now)],
    ['Until', grant.expiresAt === null ? '' : when(grant.expiresAt, now)],
    ['Uses', `${grant.uses.length} of ${grant.maxUses ?? '?'}`],
    ...(approvals === null ? [] : approvalRows(approvals, now)),
    ['Revoked', revoked === null ? '' : `by ${revoked.by}: ${revoked.reason}`],
    ['Signed by', [grant.issuer, grant.kid].filter((part) => part !== null).join(', key ')],
    ['Post-mortem', html`<a href="${postMortemAddress(postMortem)}">${postMortem}</a>`],
  ]
}

function approvalRows(approvals: NonNullable<GrantFacts['approvals']>, now: number): Rows {
  const { required, groups, by, until, skipped } = approvals
  return [
    ['Approvals', `${by.length} of ${required}, from ${groups.join(', ')}`],
    ['Approved by', by.join(', ')],
    ['Approve until', until === null ? '' : when(until, now)],
    ['Without', skipped.join(', ')],
  ]
}

function scopeTable(rows: readonly ScopeRow[]): Html {
  const list = (all: readonly string[] | undefined, otherwise: string) =>
    all === undefined || all.length === 0 ? otherwise : all.join(', ')
  return table({
    caption: 'Any of these rows covers a write',
    columns: ['Resources', 'Operations', 'Namespaces', 'Names', 'Fields'],
    rows: rows.map(({ resources, operations, namespaces, names, fields, labels }) => [
      list(resources, ''),
      list(operations, ''),
      list(namespaces, 'cluster-scoped'),
      html`${list(names, 'all')}${labels === undefined ? '' : html`<span class="sub">labels ${labels.join(', ')}</span>`}`,
      list(fields, ''),
    ]),
  })
}

export function useCard(use: UseFacts, now: number): Html {
  const { n, operation, target, time, state, resolution, decisionId, program, unnecessary } = use
  const resolved =
    resolution === null ? badge('open', 'warn') : badge(resolutionText(resolution), 'good')
  return html`<section class="card" id="use-${n}" aria-label="Use ${n}">
    <h3>Use ${n}: ${operation} ${target}</h3>
    ${facts([
      ['When', when(time, now)],
      ['State', html`${state} ${resolved}`],
      ['Started', program ?? ''],
      ['Unnecessary', unnecessary ? 'Git declared the same already' : ''],
      ['Decision', html`<a href="${decisionAddress(decisionId)}"><code>${decisionId}</code></a>`],
    ])}
    ${diffTable(use.diff, use.diffTruncated)}
  </section>`
}
