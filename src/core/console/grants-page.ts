import type { PostMortemFacts } from '../breakglass/narrative-facts.ts'
import { countText } from '../breakglass/post-mortem-bypass-facts.ts'
import type { ScopeRow } from '../policy/grant-scope-schema.ts'
import { html, type Html } from '../html/html.ts'
import { grantAddress, postMortemAddress } from './addresses.ts'
import { framed, type Site } from './frame.ts'
import { badge, counted, empty, notice, table, when, type Tone } from './parts.ts'

/** A grant as it stands now: every key, whatever the object says, and never its token. */
export interface GrantFacts {
  readonly name: string
  readonly holder: string | null
  readonly phase: string
  readonly isActive: boolean
  readonly incident: string | null
  readonly reason: string | null
  readonly createdAt: string | null
  readonly activatedAt: string | null
  readonly expiresAt: string | null
  readonly scope: readonly ScopeRow[]
  readonly narrowedBy: readonly string[]
  readonly maxUses: number | null
  readonly uses: readonly { readonly n: number; readonly resolution: string | null }[]
  readonly approvals: ApprovalFacts | null
  readonly revoked: { readonly by: string; readonly reason: string } | null
  readonly issuer: string | null
  readonly kid: string | null
  readonly postMortem: string
}

interface ApprovalFacts {
  readonly required: number
  readonly groups: readonly string[]
  readonly until: string | null
  readonly by: readonly string[]
  readonly skipped: readonly string[]
}

export interface GrantsView {
  /** Newest first. */
  readonly grants: readonly GrantFacts[]
  readonly postMortems: readonly PostMortemFacts[]
  readonly problems: readonly string[]
}

export function grantsPage({ grants, postMortems, problems }: GrantsView, site: Site): string {
  const active = grants.filter(({ isActive }) => isActive)
  const over = grants.filter(({ isActive }) => !isActive)
  const lead = html`Permissions to write past Git, each use of them, and what is left to be done
  until Git has caught up.`
  const body = html`${problems.map((one) => notice('warn', one))}
    <h2>Active now</h2>
    ${active.length === 0 ? empty('Nobody holds an active grant.') : grantTable('Active grants', active, site.now)}
    <h2>Post-mortems</h2>
    ${postMortems.length === 0 ? empty('There are no post-mortems.') : postMortemTable(postMortems, site.now)}
    <h2>Other grants</h2>
    ${over.length === 0 ? empty('There are no other grants.') : grantTable('Grants that wait or are over', over, site.now)}`
  return framed({ title: 'Break-glass', section: 'break-glass', lead, body }, site)
}

const grantTones: Readonly<Record<string, Tone>> = {
  Active: 'warn',
  Exhausted: 'warn',
  Pending: 'warn',
  Accepted: 'warn',
  Revoked: 'bad',
  Unreadable: 'bad',
}

export function grantBadge(phase: string): Html {
  return badge(phase, Object.hasOwn(grantTones, phase) ? (grantTones[phase] ?? 'plain') : 'plain')
}

function grantTable(caption: string, grants: readonly GrantFacts[], now: number): Html {
  return table({
    caption,
    columns: ['Grant', 'Phase', 'Holder', 'Incident', 'Uses', 'Ends'],
    rows: grants.map((one) => [
      html`<a href="${grantAddress(one.name)}"><code>${one.name}</code></a>`,
      grantBadge(one.phase),
      one.holder ?? 'unknown',
      html`${one.incident ?? 'none'}${one.reason === null ? '' : html`<span class="sub">${one.reason}</span>`}`,
      `${one.uses.length} of ${one.maxUses ?? '?'}`,
      when(one.expiresAt, now),
    ]),
  })
}

const postMortemTones: Readonly<Record<string, Tone>> = {
  Open: 'warn',
  Resolved: 'warn',
  Closed: 'good',
}

export function postMortemBadge(phase: string): Html {
  return badge(
    phase,
    Object.hasOwn(postMortemTones, phase) ? (postMortemTones[phase] ?? 'plain') : 'plain',
  )
}

function postMortemTable(all: readonly PostMortemFacts[], now: number): Html {
  return table({
    caption: 'Post-mortems',
    columns: ['Post-mortem', 'Phase', 'Holder', 'Uses', 'Review due'],
    rows: all.map((one) => [
      html`<a href="${postMortemAddress(one.name)}"><code>${one.name}</code></a>`,
      html`${postMortemBadge(one.phase)} ${one.overdue.length === 0 ? '' : badge('overdue', 'bad')}`,
      one.bypass?.actor ?? one.holder ?? 'unknown',
      one.bypass === null ? usesText(one) : `${countText(one.bypass)} unseen`,
      when(one.due.review, now),
    ]),
  })
}

export function usesText({ uses }: Pick<PostMortemFacts, 'uses'>): string {
  const open = uses.filter(({ resolution }) => resolution === null).length
  return `${counted(uses.length, 'use')}, ${open === 0 ? 'none open' : `${open} open`}`
}
