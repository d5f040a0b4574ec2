import { html, joined, type Html } from '../html/html.ts'
import { pageText } from '../html/page.ts'
import type { EvidencedFinding } from './controls.ts'
import { numberDefinitions, numberNames } from './numbers.ts'
import { breakGlassSection } from './page-break-glass.ts'
import { changesSection, denialsSection, unseenSection } from './page-changes.ts'
import { completenessSection, overview } from './page-overview.ts'
import { orUnknown, shownTime, standingBadge, tableOf } from './page-parts.ts'
import { pageStyles } from './page-styles.ts'
import type { Report } from './report.ts'

/** A report as one file for people: nothing is loaded, nothing runs. */
export function reportPage(report: Report): string {
  return pageText({ title: titleOf(report), styles: pageStyles, body: bodyOf(report) })
}

function titleOf({ period }: Report): string {
  return `Audit report ${period.from.slice(0, 10)} to ${period.to.slice(0, 10)}`
}

const sections = [
  ['overview', 'At a glance'],
  ['completeness', 'Completeness'],
  ['changes', 'Changes'],
  ['break-glass', 'Break-glass'],
  ['denials', 'Denials'],
  ['unseen', 'Unseen writes'],
  ['controls', 'Controls'],
  ['redo', 'How to redo it'],
] as const

function bodyOf(report: Report): Html {
  const { period, cluster, madeAt } = report
  return html`<header class="top">
      <h1>Audit report: who changed the cluster, and on what ground</h1>
      <p class="soft">
        From ${shownTime(period.from)} to before ${shownTime(period.to)}, UTC. Cluster
        <code>${cluster ?? 'not known'}</code>. Made ${shownTime(madeAt)} UTC by solewriter audit
        report.
      </p>
      <nav aria-label="Sections">
        <ul>
          ${sections.map(([id, title]) => html`<li><a href="${`#${id}`}">${title}</a></li>`)}
        </ul>
      </nav>
    </header>
    <main>
      ${overview(report)} ${completenessSection(report)} ${changesSection(report)}
      ${breakGlassSection(report)} ${denialsSection(report)} ${unseenSection(report)}
      ${controlsSection(report)} ${redoSection(report)}
    </main>
    <footer class="foot">
      <p>
        This page names people: keep it with the records. What a control is said to show concerns
        this period and these inputs only, and is no opinion of an auditor.
      </p>
    </footer>`
}

function controlsSection({ controls, summary }: Report): Html {
  return html`<section id="controls" aria-labelledby="controls-title">
    <h2 id="controls-title">Controls</h2>
    <p>
      What this report is evidence of, control by control, and what somebody else has to show. What
      controls ask is in our words: the standard counts.
    </p>
    ${controls.map(
      ({ framework, control, asks, evidenced, notEvidenced }) =>
        html`<article class="card control">
          <h3>${framework} ${control}</h3>
          <p class="soft">${asks}</p>
          <b>Here</b>
          <ul>
            ${evidenced.map((item) => evidencedItem(item, summary))}
          </ul>
          <b>Not here</b>
          <ul>
            ${notEvidenced.map(
              ({ what, by }) => html`<li>${what}. <span class="soft">Shown by: ${by}.</span></li>`,
            )}
          </ul>
        </article>`,
    )}
  </section>`
}

function evidencedItem(item: EvidencedFinding, { numbers }: Report['summary']): Html {
  const { what, section, standing, because } = item
  const title = sections.find(([id]) => id === section)?.[1] ?? section
  const told = item.numbers.map((name) => html`<code>${name}</code> ${orUnknown(numbers[name])}`)
  return html`<li>
    ${standingBadge(standing)} ${what}: <a href="${`#${section}`}">${title}</a>,
    ${joined(told, ', ')}.
    ${because.length > 0 && html`<span class="soft">Why no better: ${because.join('; ')}.</span>`}
  </li>`
}

function redoSection({ summary, inputs }: Report): Html {
  return html`<section id="redo" aria-labelledby="redo-title">
    <h2 id="redo-title">How to redo it</h2>
    <p>
      <code>--format csv</code> writes the files that are named here: every number is a count or a
      sum of their rows. The rows themselves follow from the records; docs/audit-report.md has both
      ways.
    </p>
    ${tableOf(
      ['Number', { title: 'Value', isNumber: true }, 'How'],
      numberNames.map((name) => [
        joined([numberDefinitions[name].title, ' ', html`<code class="soft">${name}</code>`]),
        orUnknown(summary.numbers[name]),
        numberDefinitions[name].how,
      ]),
    )}
    <h3>Made from</h3>
    ${tableOf(
      ['Input', 'What was given'],
      [
        ['Records', inputs.records.join(', ')],
        ['Audit log of the API server', listed(inputs.apiserverLog)],
        ['Public keys of checkpoints', inputs.jwks ?? 'none'],
        ['Anchors', listed(inputs.anchors)],
        ['Grants and post-mortems', inputs.breakGlass ?? 'none'],
        ['Repositories, for authors', listed(inputs.repositories)],
        ['Policy', inputs.policy ?? 'none'],
      ],
    )}
  </section>`
}

function listed(given: readonly string[]): string {
  return given.length === 0 ? 'none' : given.join(', ')
}
