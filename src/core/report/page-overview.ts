import { columnChart } from '../html/column-chart.ts'
import { html, type Html } from '../html/html.ts'
import type { Part } from './completeness.ts'
import type { NumberName } from './numbers.ts'
import { numberText, orUnknown, standingBadge, tableOf } from './page-parts.ts'
import type { Report } from './report.ts'
import { lanes, type Lane } from './timeline.ts'

export function overview(report: Report): Html {
  return html`<section id="overview" aria-labelledby="overview-title">
    <h2 id="overview-title">At a glance</h2>
    ${notices(report)}
    <ul class="tiles">
      ${tiles.map((tile) => tileOf(tile, report))}
    </ul>
    ${timelineOf(report)}
  </section>`
}

function notices({ warnings }: Report): Html | false {
  return (
    warnings.length > 0 &&
    html`<div class="notice" role="note">${warnings.map((text) => html`<p>${text}</p>`)}</div>`
  )
}

interface Tile {
  readonly number: NumberName
  readonly title: string
  /** How it looks when it is more than nothing. */
  readonly tone?: 'warn' | 'bad'
}

const tiles: readonly Tile[] = [
  { number: 'changes', title: 'changes' },
  { number: 'changes_from_git', title: 'shown by a commit' },
  { number: 'commits', title: 'commits' },
  { number: 'changes_by_exception', title: 'under an exception' },
  { number: 'changes_under_break_glass', title: 'under break-glass', tone: 'warn' },
  { number: 'changes_not_enforced', title: 'let through by the mode', tone: 'warn' },
  { number: 'denied', title: 'denied' },
  { number: 'unseen', title: 'unseen writes', tone: 'bad' },
]

function tileOf({ number, title, tone }: Tile, { summary }: Report): Html {
  const value = summary.numbers[number]
  const toned = tone !== undefined && (value ?? 0) > 0 ? tone : 'plain'
  const shown = value === null ? 'unknown' : toned
  return html`<li class="tile ${shown}"><b>${orUnknown(value)}</b> <span>${title}</span></li>`
}

const series: readonly (readonly [name: string, lane: Lane, colour: number])[] = [
  ['shown by a commit', 'git', 1],
  ['under break-glass', 'break-glass', 3],
  ['let through by the mode', 'not-enforced', 4],
  ['denied', 'denied', 5],
]

function timelineOf({ timeline: { slots, slotSeconds } }: Report): Html {
  const isByDay = slotSeconds % 86_400 === 0
  const label = (from: string) =>
    isByDay ? from.slice(5, 10) : from.slice(5, 16).replace('T', ' ')
  const step = isByDay ? `${slotSeconds / 86_400} d` : `${slotSeconds / 3600} h`
  return html`<figure class="card">
    <figcaption>Changes and denials over time, each column ${step} (UTC)</figcaption>
    ${columnChart({
      title: 'Changes and denials over time',
      series: series.map(([name]) => name),
      colours: series.map(([, , colour]) => colour),
      columns: slots.map(({ from, counts }) => ({
        label: label(from),
        values: series.map(([, lane]) => counts[lane]),
      })),
    })}
    <p class="soft small">
      Exceptions, objects of our own and what is out of scope are in the table and not in the chart.
    </p>
    <details>
      <summary>The same as a table</summary>
      ${tableOf(
        ['From', ...lanes.map((lane) => ({ title: lane, isNumber: true }))],
        slots.map(({ from, counts }) => [
          html`<span class="nowrap">${from.slice(0, isByDay ? 10 : 16).replace('T', ' ')}</span>`,
          ...lanes.map((lane) => numberText(counts[lane])),
        ]),
      )}
    </details>
  </figure>`
}

export function completenessSection(report: Report): Html {
  const { completeness, population } = report
  return html`<section id="completeness" aria-labelledby="completeness-title">
    <h2 id="completeness-title">Completeness</h2>
    <p>
      Two questions: are the records all there and as they were written, and does every write have
      one? What is not shown is called that, and no share is rounded up.
    </p>
    <div class="standings">
      ${standing('Records', 'all there, and as they were written', completeness.records)}
      ${standing('Population', 'every write of the period was decided', completeness.population)}
    </div>
    ${population === null ? '' : shares(report)} ${chains(report)}
  </section>`
}

function standing(title: string, claim: string, { standing: found, doubts }: Part): Html {
  return html`<div class="standing">
    <h3>${title} ${standingBadge(found)}</h3>
    <p>${claim}</p>
    ${
      doubts.length > 0 &&
      html`<ul>
        ${doubts.map(({ text }) => html`<li>${text}</li>`)}
      </ul>`
    }
  </div>`
}

function shares({ summary: { numbers }, population }: Report): Html {
  const { writes_stored: stored, writes_decided: decided } = numbers
  const exempt = population?.exempt ?? []
  return html`<h3>Writes as the API server tells of them</h3>
    ${tableOf(
      ['What', { title: 'Count', isNumber: true }],
      [
        ['Stored', orUnknown(stored)],
        ['With a decision of their own', orUnknown(decided)],
        ['Share with a decision', shareText(decided ?? 0, stored ?? 0)],
        ['Left out by matchConditions, not decided', orUnknown(numbers.writes_exempt)],
        ['Denied by us', orUnknown(population?.counts.denied ?? null)],
      ],
    )}
    ${
      exempt.length > 0 &&
      html`<details>
        <summary>What matchConditions left out</summary>
        ${tableOf(
          ['Condition', 'User', 'Resource', { title: 'Writes', isNumber: true }],
          exempt.map(({ condition, isSure, user, resource, count }) => [
            isSure ? condition : `${condition} (perhaps)`,
            user,
            resource,
            numberText(count),
          ]),
        )}
      </details>`
    }`
}

/** Cut behind the second decimal: 99.999 of 100 is no 100 %. */
export function shareText(part: number, whole: number): string {
  if (whole === 0) return 'none'
  return `${(Math.floor((part / whole) * 10_000) / 100).toFixed(2)} %`
}

function chains({ integrity, summary: { numbers } }: Report): Html {
  const { chains: all, problems, problemCount } = integrity
  return html`<h3>Chains of records</h3>
    <p>
      ${orUnknown(numbers.chains)} chains, ${numberText(integrity.records)} lines,
      ${numberText(problemCount)} problems. With the hash of its last line anybody can see whether
      these are the files that were looked at.
    </p>
    ${
      problems.length > 0 &&
      tableOf(
        ['Place', 'Chain', 'Problem'],
        problems
          .slice(0, 50)
          .map(({ file, line, writer, problem }) => [`${file}:${line}`, writer ?? '', problem]),
      )
    }
    ${
      all.length > 0 &&
      tableOf(
        [
          'Chain',
          'End',
          { title: 'Last record', isNumber: true },
          { title: 'Vouched for', isNumber: true },
          'Hash of the last line',
        ],
        all.map(({ writer, end, seq, vouchedFor, hash }) => [
          writer,
          end,
          numberText(seq),
          numberText(vouchedFor),
          html`<code>${hash}</code>`,
        ]),
      )
    }`
}
