import { commitPage } from '../../core/console/commit-page.ts'
import { everything } from '../../core/console/decision-filter.ts'
import { driftPage, readDriftQuery } from '../../core/console/drift-page.ts'
import { toStart } from '../../core/console/problem-page.ts'
import { commitsIn, repositoriesPage } from '../../core/console/repositories-page.ts'
import { html } from '../../core/html/html.ts'
import type { ConsoleAnswer } from '../../server/console.ts'
import { good, misasked, missing, type Look } from './look.ts'
import { repositoryViews } from './views.ts'

export async function driftAnswer({ site, sources, query, signal }: Look): Promise<ConsoleAnswer> {
  const read = readDriftQuery(query)
  if (read.kind === 'bad') {
    const wayOut = html`Go to <a href="/drift">the whole page</a>.`
    const { problems: what } = read
    return misasked({ title: 'That cannot be looked for', what, section: 'drift', wayOut }, site)
  }
  return good(driftPage(await sources.drift(signal), read.query, site))
}

const mostCommits = 50
const noIndex = { decisions: [], problems: [] }

export async function repositoriesAnswer({ site, sources }: Look): Promise<ConsoleAnswer> {
  const { decisions, problems } = (await sources.records?.index.find(everything, 10_000)) ?? noIndex
  const view = {
    repositories: repositoryViews(sources),
    commits: commitsIn(decisions, mostCommits),
    problems,
  }
  return good(repositoriesPage(view, site))
}

export async function commitAnswer(look: Look): Promise<ConsoleAnswer> {
  const { site, sources, names } = look
  const [name = '', commit = ''] = names
  const isId = /^[0-9a-f]{4,64}$/.test(commit)
  const repository = repositoryViews(sources).find((one) => one.name === name)
  const found = (await sources.records?.index.find({ ...everything, commit }, 100)) ?? noIndex
  const decisions = found.decisions.filter(({ git }) => git?.repo === name)
  if (!isId || (repository === undefined && decisions.length === 0)) {
    const what = [`Nobody here knows a commit ${commit.slice(0, 64)} of ${name}.`]
    return missing({ title: 'Nothing is there', what, wayOut: toStart }, site)
  }
  const { problems } = found
  return good(commitPage({ repository, name, commit, decisions, problems }, site))
}
