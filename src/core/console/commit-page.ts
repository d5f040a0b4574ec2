import { html, type Html } from '../html/html.ts'
import { decisionAddress } from './addresses.ts'
import type { DecisionFacts } from './decision-facts.ts'
import { decisionsAddress } from './decision-filter.ts'
import { decisionTable } from './decisions-page.ts'
import { framed, type Site } from './frame.ts'
import { empty, notice, tiles, type Tile } from './parts.ts'
import { commitsIn, type RepositoryFacts } from './repositories-page.ts'

export interface CommitView {
  /** Undefined where the policy names none of that name. */
  readonly repository: RepositoryFacts | undefined
  readonly name: string
  readonly commit: string
  /** Newest first. */
  readonly decisions: readonly DecisionFacts[]
  readonly problems: readonly string[]
}

export function commitPage(view: CommitView, site: Site): string {
  const { name, commit, decisions, problems } = view
  const list =
    decisions.length === 0
      ? empty('None of the newest decisions is about it.')
      : decisionTable('Decisions about it', decisions, site.now)
  const body = html`${problems.map((one) => notice('warn', one))}
    <p class="lead"><code>${commit}</code></p>
    ${overview(view)} ${list} ${elsewhere(view)}`
  const title = `${name}@${commit.slice(0, 12)}`
  return framed({ title, section: 'repositories', body }, site)
}

function overview({ repository, name, commit, decisions }: CommitView): Html {
  const mirror = repository?.mirror
  const head = mirror?.tips.find((tip) => tip.commit === commit)
  return tiles([
    { name: 'Repository', value: name, note: repository?.url ?? 'not of this policy' },
    {
      name: 'Head of',
      value: head?.branch ?? 'no branch',
      note: mirror === undefined ? 'as far as is known here' : 'as the mirror has it',
    },
    countTile(decisions),
  ])
}

function countTile(decisions: readonly DecisionFacts[]): Tile {
  const [summary = { decisions: 0, verified: 0, denied: 0 }] = commitsIn(decisions, 1)
  const note = `${summary.verified} verified, ${summary.denied} denied`
  return { name: 'Decisions', value: summary.decisions, note }
}

function elsewhere({ commit, decisions }: CommitView): Html {
  const [newest] = decisions
  const first =
    newest === undefined
      ? ''
      : html`<a href="${decisionAddress(newest.id)}">The newest, step by step</a>`
  return html`<nav class="pages" aria-label="Elsewhere">
    <a href="${decisionsAddress({ commit })}">Search decisions by this commit</a> ${first}
  </nav>`
}
