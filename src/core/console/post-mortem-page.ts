import type { PostMortemFacts } from '../breakglass/narrative-facts.ts'
import { countText, whyText, type BypassFacts } from '../breakglass/post-mortem-bypass-facts.ts'
import type { Moment } from '../breakglass/narrative-timeline.ts'
import { html, lines, type Content, type Html } from '../html/html.ts'
import { grantAddress } from './addresses.ts'
import { framed, type Site } from './frame.ts'
import { useCard } from './grant-page.ts'
import { postMortemBadge, usesText } from './grants-page.ts'
import { badge, empty, facts, notice, table, when } from './parts.ts'

export function postMortemPage(view: PostMortemFacts, site: Site): string {
  const { name, phase, holder, bypass, overdue, openBecause, timeline } = view
  const late = overdue.map((part) => badge(`${part} overdue`, 'bad'))
  const who = bypass === null ? (holder ?? 'unknown') : bypass.actor
  const body = html`<div class="verdict">
      ${postMortemBadge(phase)} ${late} <strong>${who}</strong>
    </div>
    ${openBecause === null ? '' : notice('warn', html`Still open: ${openBecause}`)}
    <div class="card">${facts(rowsOf(view, site.now))}</div>
    ${reviewCard(view, site.now)}
    <h2>Timeline</h2>
    ${timeline.length === 0 ? empty('Nothing has happened yet.') : timelineList(timeline, site.now)}
    <h2>What was written</h2>
    ${bypass === null ? usesUnder(view, site.now) : bypassTable(bypass, site.now)}`
  return framed({ title: `Post-mortem ${name}`, section: 'break-glass', body }, site)
}

function usesUnder({ uses }: PostMortemFacts, now: number): Content {
  if (uses.length === 0) return empty('Nothing was written under the grant.')
  return uses.map((use) => useCard(use, now))
}

/** Past the webhook: there is no grant, and no decision. */
function bypassTable(bypass: BypassFacts, now: number): Html {
  const { writes, count } = bypass
  const more = count - writes.length
  return html`${table({
    caption: `${countText(bypass)} written past the webhook`,
    columns: ['What', 'When', 'Answer', 'From', 'Why nobody saw it'],
    rows: writes.map((write) => [
      `${write.verb} ${write.target}`,
      when(write.time, now),
      write.code,
      write.sourceIps.join(', '),
      whyText(write),
    ]),
  })}
  ${more > 0 ? notice('plain', `${more} more are only counted.`) : ''}`
}

type Rows = readonly (readonly [string, Content])[]

function rowsOf(view: PostMortemFacts, now: number): Rows {
  const { incident, reason, approvers, skippedApprovers, due } = view
  return [
    ['Incident', incident],
    ['Reason', reason],
    ...aboutRows(view),
    ['Approved by', approvers.join(', ')],
    ['Without', skippedApprovers.join(', ')],
    ['Draft due', due.draft === null ? '' : when(due.draft, now)],
    ['Review due', due.review === null ? '' : when(due.review, now)],
  ]
}

function aboutRows(view: PostMortemFacts): Rows {
  const { grant, grantPhase, bypass } = view
  if (bypass !== null) return [['Between', `${bypass.from} and ${bypass.to}`]]
  const phase = grantPhase === null ? '' : `, ${grantPhase}`
  return [
    ['Grant', html`<a href="${grantAddress(grant)}">${grant}</a>${phase}`],
    ['Uses', usesText(view)],
  ]
}

function reviewCard({ review }: PostMortemFacts, now: number): Html | '' {
  if (review === null) return ''
  const { verdict, by, at, text, link } = review
  return html`<h2>Review</h2>
    <div class="card">
      ${facts([
        ['Verdict', verdict ?? 'begun'],
        ['By', by],
        ['When', at === null ? '' : when(at, now)],
        ['Notes', text === null ? '' : lines(text)],
        // A text of somebody: shown, and nowhere to be led to.
        ['Link', link === null ? '' : html`<code>${link}</code>`],
      ])}
    </div>`
}

function timelineList(timeline: readonly Moment[], now: number): Html {
  return html`<div class="card">
    <ul class="timeline">
      ${timeline.map(
        ({ time, what, by }) =>
          html`<li>
            <span>${when(time, now)}</span>
            <span
              >${what}${by === null ? '' : html` <span class="soft">${by.name} (${by.role})</span>`}</span
            >
          </li>`,
      )}
    </ul>
  </div>`
}
