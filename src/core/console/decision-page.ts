import { html, joined } from '../html/html.ts'
import { postMortemName } from '../breakglass/life-cycle.ts'
import { grantAddress, postMortemAddress } from './addresses.ts'
import type { DecisionFacts } from './decision-facts.ts'
import { stepsOf, type Step, type UseOfGrant } from './decision-steps.ts'
import { diffTable } from './diff-table.ts'
import { framed, type Site } from './frame.ts'
import { counted, notice, verdictBadge, when } from './parts.ts'

export interface DecisionView {
  readonly id: string
  /** Several where the API server asked again. */
  readonly records: readonly DecisionFacts[]
  readonly uses: readonly UseOfGrant[]
  readonly problems: readonly string[]
}

/** Of a decision that somebody knows: a record, or a use of a grant. */
export function decisionPage({ id, records, uses, problems }: DecisionView, site: Site): string {
  const [first] = records
  const told = problems.map((one) => notice('warn', one))
  if (first === undefined) {
    const body = html`${told} ${uses.map((use) => useCard(use, site.now))}`
    const lead = html`Its record is not among those that this console reads; this is what the grant
    that it was made under says.`
    return framed({ title: `Decision ${id}`, section: 'decisions', lead, body }, site)
  }
  const again =
    records.length > 1
      ? notice(
          'plain',
          `The API server asked ${counted(records.length, 'time')}: the newest is shown.`,
        )
      : ''
  const body = html`<div class="verdict">
      ${verdictBadge(first.verdict)} <strong>${first.reason}</strong>
    </div>
    <p class="lead">${first.user}: ${first.op} ${first.object}, ${when(first.time, site.now)}</p>
    ${told} ${again}
    <ol class="steps">
      ${joined(stepsOf(first, uses).map(stepItem))}
    </ol>`
  return framed({ title: `Decision ${id}`, section: 'decisions', body }, site)
}

function stepItem({ title, tone, body }: Step) {
  return html`<li class="${tone}">
    <h2>${title}</h2>
    ${body}
  </li>`
}

function useCard({ grant, use }: UseOfGrant, now: number) {
  const { n, operation, target, time, diff, diffTruncated } = use
  return html`<div class="card">
    <h2>Use ${n} of <a href="${grantAddress(grant)}">${grant}</a></h2>
    <p>
      ${operation} ${target}, ${when(time, now)}. See
      <a href="${postMortemAddress(postMortemName(grant))}">its post-mortem</a>.
    </p>
    ${diffTable(diff, diffTruncated)}
  </div>`
}
