import type { DiffRow } from '../breakglass/diff.ts'
import { resolutionText } from '../breakglass/narrative-uses.ts'
import { canonicalJson } from '../manifest/canonical.ts'
import { html, joined, lines, type Content, type Html } from '../html/html.ts'
import type { ReportedApproval, ReportedGrant, ReportedUse } from './break-glass.ts'
import { chartWithTable } from './page-changes.ts'
import { badge, durationText, groupTable, orUnknown, shownTime, tableOf } from './page-parts.ts'
import type { Report } from './report.ts'

export function breakGlassSection(report: Report): Html {
  const { breakGlass, summary } = report
  const heading = html`<h2 id="break-glass-title">Break-glass</h2>`
  if (breakGlass === null) {
    return html`<section id="break-glass" aria-labelledby="break-glass-title">
      ${heading}
      <p>
        Not known: neither a cluster nor exported grants were given. Records show
        ${orUnknown(summary.numbers.changes_under_break_glass)} changes under break-glass.
      </p>
    </section>`
  }
  return html`<section id="break-glass" aria-labelledby="break-glass-title">
    ${heading}
    <p>
      Grants that were not over before the period, as they stood when the report was made. Uses are
      stored in the cluster before they are admitted, and have a record besides: the two are
      compared.
    </p>
    <div class="split">
      <div>${comparison(report)}</div>
      ${groupTable('grants_by_phase', summary)}
    </div>
    ${breakGlass.grants.length > 0 && chartWithTable('uses_by_resolution', report, 3)}
    ${breakGlass.grants.map(grantArticle)}
  </section>`
}

function comparison({ summary: { numbers } }: Report): Html {
  return tableOf(
    ['What', { title: 'Count', isNumber: true }],
    [
      ['Grants of the period', orUnknown(numbers.grants)],
      ['Uses in the period', orUnknown(numbers.uses)],
      ['Uses without a record', orUnknown(numbers.uses_without_record)],
      ['Break-glass records without a use', orUnknown(numbers.records_without_use)],
      ['Uses not resolved', orUnknown(numbers.uses_open)],
      [
        'Longest until a use was resolved',
        numbers.longest_open_seconds === null ? 'none' : durationText(numbers.longest_open_seconds),
      ],
      ['Post-mortems open', orUnknown(numbers.post_mortems_open)],
      ['Of these, overdue', orUnknown(numbers.post_mortems_overdue)],
      ['Approvals by the holder', orUnknown(numbers.approvals_by_holder)],
      ['Reviews by the holder', orUnknown(numbers.reviews_by_holder)],
    ],
  )
}

function grantArticle(grant: ReportedGrant): Html {
  return html`<article class="card grant">
    <h3><code>${grant.grant}</code> ${phaseBadges(grant)}</h3>
    <blockquote><p>${lines(grant.reason ?? 'No reason is known.')}</p></blockquote>
    <dl class="facts">
      ${facts(grant).map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>
    ${review(grant)} ${grant.uses.length === 0 && html`<p>Nothing was written under it.</p>`}
    ${grant.uses.map(useBlock)}
  </article>`
}

function phaseBadges({ grantPhase, postMortem, phase, overdue }: ReportedGrant): Html {
  const tone = phase === 'Closed' ? 'good' : 'warn'
  return joined([
    badge(grantPhase ?? 'phase not known'),
    ' ',
    postMortem === null
      ? badge('no post-mortem')
      : badge(`post-mortem ${phase.toLowerCase()}`, tone),
    ...overdue.flatMap((what) => [' ', badge(`${what} overdue`, 'bad')]),
  ])
}

function facts(grant: ReportedGrant): readonly (readonly [string, Content])[] {
  const { holder, incident, createdAt, activatedAt, expiresAt, secondsToActivate, due } = grant
  const active =
    activatedAt === null
      ? 'never active'
      : `${shownTime(activatedAt)} to ${shownTime(expiresAt)}, ${durationText(secondsToActivate)} after the request`
  return [
    ['Holder', holder ?? 'not known'],
    ['Incident', incident ?? 'not known'],
    ['Requested', createdAt === null ? 'not known' : shownTime(createdAt)],
    ['Active', active],
    ['Approvals', approvals(grant)],
    ...scopeFact(grant),
    ...(grant.revokedBy === null ? [] : [['Revoked by', grant.revokedBy] as const]),
    ['Uses', usesText(grant)],
    ['Resolved', milestone(grant.resolvedAt, grant.secondsToResolve)],
    ['Closed', milestone(grant.closedAt, grant.secondsToClose)],
    ...(due.review === null ? [] : [['Review due', shownTime(due.review)] as const]),
  ]
}

function milestone(time: string | null, seconds: number | null): string {
  if (time === null) return 'not yet'
  return seconds === null ? shownTime(time) : `${shownTime(time)}, after ${durationText(seconds)}`
}

function usesText({ uses, maxUses }: ReportedGrant): string {
  return maxUses === null ? String(uses.length) : `${uses.length} of at most ${maxUses}`
}

function approvals({ approvals: all, approvalsWanted, skippedApprovers }: ReportedGrant): Content {
  const wanted =
    approvalsWanted === 0 && all.length === 0 ? 'none asked for' : `${approvalsWanted} asked for`
  const skipped =
    skippedApprovers.length === 0 ? [] : [`; went on without ${skippedApprovers.join(', ')}`]
  const given = all.map((one) => html`<br />${approvalText(one)}`)
  return [wanted, ...skipped, given]
}

function approvalText({ by, group, at, counted, byHolder }: ReportedApproval): Content {
  return [
    by,
    group !== '' && ` (${group})`,
    at !== null && `, ${shownTime(at)}`,
    !counted && ', did not count',
    byHolder && html` ${badge('the holder', 'bad')}`,
  ]
}

function scopeFact({ scope, narrowedBy }: ReportedGrant): readonly (readonly [string, Content])[] {
  if (scope === null) return []
  const rows = scope.map((row) => html`<div><code>${canonicalJson(row)}</code></div>`)
  const narrowed = narrowedBy.map((text) => html`<div class="soft">${text}</div>`)
  return [['Scope', [rows, narrowed]]]
}

function review({ review: found, holder }: ReportedGrant): Html | false {
  if (found === null) return false
  const { by, at, verdict, text, link } = found
  return html`<h4>Review</h4>
    <p>
      ${verdict ?? 'no verdict yet'}, by ${by === '' ? 'nobody named' : by}
      ${by !== '' && by === holder && badge('the holder', 'bad')} ${at !== null && shownTime(at)}
    </p>
    ${text !== null && html`<blockquote><p>${lines(text)}</p></blockquote>`}
    ${link !== null && html`<p><a href="${link}">${link}</a></p>`}`
}

function useBlock(use: ReportedUse): Html {
  const { n, operation, target, time, state, resolution, secondsOpen, decisionId, diff } = use
  const rows = diff.filter(({ path }) => path !== '*')
  return html`<div class="use">
    <p><b>Use ${n}</b>: ${operation} <code>${target}</code> ${useBadges(use)}</p>
    <p class="soft">
      ${shownTime(time)}, ${state.toLowerCase()},
      ${
        resolution === null
          ? 'not resolved'
          : `${resolutionText(resolution)} after ${durationText(secondsOpen)}`
      },
      decision <code>${decisionId}</code>
      ${use.program !== null && html`, started <code>${use.program}</code>`}
    </p>
    ${
      rows.length === 0
        ? use.paths.length > 0 && html`<p>Changed: <code>${use.paths.join(' ')}</code></p>`
        : html`<div class="diff">
            ${tableOf(['Field', 'Before', 'After'], rows.map(diffCells))}
          </div>`
    }
    ${use.diffTruncated && html`<p class="soft">There was more than is kept.</p>`}
  </div>`
}

function useBadges({ inPeriod, hasRecord, unnecessary }: ReportedUse): Html {
  return joined([
    !inPeriod && badge('outside the period'),
    inPeriod && !hasRecord && badge('no record', 'bad'),
    unnecessary && badge('Git had it already', 'warn'),
  ])
}

function diffCells({ op, path, from, value, hidden }: DiffRow): readonly Content[] {
  const side = (isThere: boolean, text: string | undefined): Content => {
    if (!isThere) return html`<span class="soft">(none)</span>`
    if (hidden !== undefined) return html`<span class="soft">(${hidden.toLowerCase()})</span>`
    return html`<code>${text ?? ''}</code>`
  }
  return [html`<code>${path}</code>`, side(op !== 'add', from), side(op !== 'remove', value)]
}
