import { barChart } from '../html/bar-chart.ts'
import { html, type Html } from '../html/html.ts'
import { groupDefinitions, type GroupName } from './numbers.ts'
import {
  firstOf,
  groupTable,
  numberText,
  orUnknown,
  shownTime,
  tableOf,
  timeCell,
} from './page-parts.ts'
import type { Report } from './report.ts'

export function changesSection(report: Report): Html {
  const { summary, inputs } = report
  const { numbers } = summary
  const tables: readonly GroupName[] = [
    'changes_by_repository',
    'changes_by_writer',
    'changes_by_author',
    'changes_by_namespace',
    'changes_by_user',
    'exceptions_by_rule',
  ]
  return html`<section id="changes" aria-labelledby="changes-title">
    <h2 id="changes-title">Changes</h2>
    <p>
      A decision counts once, however often the API server asked about it.
      ${orUnknown(numbers.admitted)} were admitted; ${orUnknown(numbers.unchanged)} of them change
      nothing, and are in none of the breakdowns below. Admitted is not yet stored: quota or another
      webhook may have refused it after us.
    </p>
    ${chartWithTable('changes_by_ground', report)}
    <div class="split">${tables.map((name) => groupTable(name, summary))}</div>
    <p class="soft small">
      The author is what the commit says, and Git lets everybody say anything.
      ${
        inputs.repositories.length === 0 &&
        'No repository was given to this report, so no author is known.'
      }
    </p>
  </section>`
}

export function denialsSection(report: Report): Html {
  const { numbers } = report.summary
  return html`<section id="denials" aria-labelledby="denials-title">
    <h2 id="denials-title">Denials</h2>
    <p>
      ${orUnknown(numbers.denied)} decisions were denied. ${orUnknown(numbers.changes_not_enforced)}
      more would have been, and passed since their scope was in the mode audit or warn.
    </p>
    ${chartWithTable('denials_by_reason', report, 5)}
    <div class="split">
      ${groupTable('denials_by_user', report.summary)}
      ${groupTable('not_enforced_by_reason', report.summary)}
    </div>
  </section>`
}

/** Nothing is no chart. */
export function chartWithTable(name: GroupName, { summary }: Report, colour = 1): Html {
  const { title } = groupDefinitions[name]
  const counts = summary.groups[name] ?? []
  if (counts.length === 0) return html`<p class="soft">${title}: none.</p>`
  const shown = firstOf(counts, 12)
  return html`<figure class="card">
    <figcaption>${title}</figcaption>
    <div class="split">
      <div>
        ${barChart({
          title,
          bars: shown.map(({ key, count }) => ({ label: key, value: count })),
          series: colour,
        })}
      </div>
      ${tableOf(
        ['Name', { title: 'Count', isNumber: true }],
        shown.map(({ key, count }) => [key, numberText(count)]),
      )}
    </div>
  </figure>`
}

const mostShown = 200

export function unseenSection(report: Report): Html {
  const { population } = report
  const heading = html`<h2 id="unseen-title">Unseen writes</h2>`
  if (population === null) {
    return html`<section id="unseen" aria-labelledby="unseen-title">
      ${heading}
      <p>
        Not known: no audit log of the API server was given. Without it nobody can say whether
        something was written past the gate.
      </p>
    </section>`
  }
  const { unseen, withoutRecord, contradictions, impersonations, unsure } = population
  const lists = [
    ['Stored, and nobody asked us', unseen],
    ['Decided, without a record', withoutRecord],
    ['Contradicts its record', contradictions],
    ['Under a borrowed name', impersonations],
    ['Cannot be told', unsure],
  ] as const
  return html`<section id="unseen" aria-labelledby="unseen-title">
    ${heading}
    <p>
      What the audit log of the API server knows of the period and our records do not explain. Who
      changed admission itself stands below.
    </p>
    ${lists.map(([title, { count, list }]) => writes(title, count, list))} ${gaps(population)}
    ${admissionChanges(population)}
  </section>`
}

type Population = NonNullable<Report['population']>

function writes(title: string, count: number, list: Population['unseen']['list']): Html {
  const more = count - Math.min(list.length, mostShown)
  if (count === 0) return html`<p>${title}: <b>0</b></p>`
  return html`<h3>${title}: ${numberText(count)}</h3>
    ${tableOf(
      ['Time (UTC)', 'User', 'What', 'Why'],
      list
        .slice(0, mostShown)
        .map(({ time, user, impersonator, verb, resource, namespace, name, why }) => [
          timeCell(time),
          impersonator === null ? user : `${impersonator} as ${user}`,
          `${verb} ${resource} ${namespace === '' ? name : `${namespace}/${name}`}`,
          why.replaceAll('-', ' '),
        ]),
    )}
    ${more > 0 && html`<p class="soft">${numberText(more)} more, in unseen.csv.</p>`}`
}

function gaps({ gaps: all }: Population): Html | false {
  return (
    all.length > 0 &&
    html`<h3>When that was</h3>
      ${tableOf(
        ['From (UTC)', 'To', { title: 'Writes', isNumber: true }, 'After'],
        all
          .slice(0, mostShown)
          .map(({ from, to, writes: count, after }) => [
            timeCell(from),
            timeCell(to),
            numberText(count),
            after === null
              ? ''
              : `${shownTime(after.time)} ${after.user} ${after.verb} ${after.name}`,
          ]),
      )}`
  )
}

function admissionChanges({ changes }: Population): Html {
  if (changes.count === 0) return html`<p>Changes of admission, policy and our kinds: <b>0</b></p>`
  return html`<h3>Changes of admission, policy and our kinds: ${numberText(changes.count)}</h3>
    ${tableOf(
      ['Time (UTC)', 'User', 'What'],
      changes.list
        .slice(0, mostShown)
        .map(({ time, user, verb, resource, name }) => [
          timeCell(time),
          user,
          `${verb} ${resource} ${name}`,
        ]),
    )}`
}
