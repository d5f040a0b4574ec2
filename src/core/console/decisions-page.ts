import { html, type Content, type Html } from '../html/html.ts'
import type { DecisionFacts } from './decision-facts.ts'
import { decisionsAddress, reasons, verdicts, type DecisionFilter } from './decision-filter.ts'
import { framed, type Site } from './frame.ts'
import { empty, notice, short, table, verdictBadge, verdictText, when } from './parts.ts'
import { commitAddress, decisionAddress } from './addresses.ts'

/** What was found of what was asked for. */
interface FoundDecisions {
  /** Newest first. */
  readonly decisions: readonly DecisionFacts[]
  /** There are more behind the last one. */
  readonly hasMore: boolean
  /** Older ones may be in the files, where nobody has looked. */
  readonly hasOlderFiles: boolean
  /** Why not all was looked at. */
  readonly problems: readonly string[]
}

export interface DecisionsView {
  readonly filter: DecisionFilter
  readonly found: FoundDecisions
}

export function decisionsPage({ filter, found }: DecisionsView, site: Site): string {
  const { decisions, problems } = found
  const body = html`${filterForm(filter)} ${problems.map((one) => notice('warn', one))}
  ${decisions.length === 0 ? nothing(filter) : decisionTable(captionOf(filter), decisions, site.now)}
  ${onward(filter, found)}`
  const lead = html`Every answer that was given to the API server, newest first, as the records of
  the replicas have it.`
  return framed({ title: 'Decisions', section: 'decisions', lead, body }, site)
}

export function decisionTable(
  caption: string,
  decisions: readonly DecisionFacts[],
  now: number,
): Html {
  return table({
    caption,
    columns: ['Decision', 'Answer', 'Who', 'What', 'Commit'],
    rows: decisions.map((one) => [
      html`<a href="${decisionAddress(one.id)}">${when(one.time, now)}</a>`,
      html`${verdictBadge(one.verdict)}<span class="sub">${one.reason}</span>`,
      html`${one.user}<span class="sub">${one.idClass}</span>`,
      html`${one.op} ${one.object}${one.dryRun ? html`<span class="sub">dry run</span>` : ''}`,
      commitCell(one),
    ]),
  })
}

function commitCell({ git }: DecisionFacts): Content {
  if (git === undefined) return html`<span class="soft">none</span>`
  const address = commitAddress(git.repo, git.commit)
  return html`<a href="${address}">${git.repo}@${short(git.commit)}</a>
    <span class="sub">${git.verified ? 'verified' : 'claimed'}</span>`
}

function captionOf(filter: DecisionFilter): string {
  const parts = [
    filter.verdict === undefined ? '' : verdictText(filter.verdict),
    filter.reason ?? '',
    filter.user === undefined ? '' : `by ${filter.user}`,
    filter.object === undefined ? '' : `on ${filter.object}`,
    filter.commit === undefined ? '' : `commit ${filter.commit}`,
    filter.before === undefined ? '' : `before ${filter.before.time}`,
  ].filter((part) => part !== '')
  return parts.length === 0 ? 'The newest decisions' : `Decisions: ${parts.join(', ')}`
}

function filterForm(filter: DecisionFilter): Html {
  const { user = '', object = '', commit = '' } = filter
  return html`<form
    class="filters"
    method="get"
    action="/decisions"
    role="search"
    aria-label="Decisions"
  >
    <div>
      <label for="user">User</label
      ><input id="user" name="user" value="${user}" autocomplete="off" spellcheck="false" />
    </div>
    <div>
      <label for="object">Object</label
      ><input id="object" name="object" value="${object}" autocomplete="off" spellcheck="false" />
    </div>
    <div>
      <label for="commit">Commit</label
      ><input id="commit" name="commit" value="${commit}" autocomplete="off" spellcheck="false" />
    </div>
    <div>
      <label for="reason">Reason</label
      ><select id="reason" name="reason">
        ${options(reasons, filter.reason, (one) => one)}
      </select>
    </div>
    <div>
      <label for="answer">Answer</label
      ><select id="answer" name="answer">
        ${options(verdicts, filter.verdict, verdictText)}
      </select>
    </div>
    <div class="actions"><button type="submit">Filter</button> <a href="/decisions">Clear</a></div>
  </form>`
}

function options<T extends string>(
  all: readonly T[],
  chosen: string | undefined,
  shown: (one: T) => string,
): readonly Html[] {
  return [
    html`<option value="">any</option>`,
    ...all.map((one) =>
      one === chosen
        ? html`<option value="${one}" selected>${shown(one)}</option>`
        : html`<option value="${one}">${shown(one)}</option>`,
    ),
  ]
}

function nothing(filter: DecisionFilter): Html {
  return empty(
    filter.isDeep
      ? 'No record of a decision is like that.'
      : 'None of the newest decisions is like that.',
  )
}

function onward(
  filter: DecisionFilter,
  { decisions, hasMore, hasOlderFiles }: FoundDecisions,
): Html {
  const last = decisions.at(-1)
  const next =
    hasMore && last !== undefined
      ? html`<a rel="next" href="${decisionsAddress({ ...filter, before: last })}"
          >Older decisions</a
        >`
      : ''
  const deeper =
    !hasMore && hasOlderFiles && !filter.isDeep
      ? html`<a
          href="${decisionsAddress({ ...filter, before: last ?? filter.before, isDeep: true })}"
          >Look for older ones in the record files</a
        >`
      : ''
  const first =
    filter.before === undefined
      ? ''
      : html`<a href="${decisionsAddress({ ...filter, before: undefined, isDeep: false })}"
          >Back to the newest</a
        >`
  return html`<nav class="pages" aria-label="More decisions">${first} ${next} ${deeper}</nav>`
}
