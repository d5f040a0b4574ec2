import { html, type Content, type Html } from '../html/html.ts'
import { commitAddress } from './addresses.ts'
import type { DecisionFacts } from './decision-facts.ts'
import { framed, type Site } from './frame.ts'
import { agoText, badge, counted, empty, notice, short, table, when } from './parts.ts'

/** A repository of the policy, and how its mirror stands. */
export interface RepositoryFacts {
  readonly name: string
  /** Without credentials. */
  readonly url: string
  readonly branches: readonly string[]
  /** Undefined where this replica keeps no mirror. */
  readonly mirror: MirrorFacts | undefined
}

export interface MirrorFacts {
  readonly ageSeconds: number | undefined
  readonly isStale: boolean
  /** Manifests of the heads that could not be read; undefined while they are being read. */
  readonly unread: number | undefined
  readonly problem: string | undefined
  readonly tips: readonly { readonly branch: string; readonly commit: string }[]
}

/** What decisions said of one commit. */
export interface CommitFacts {
  readonly repository: string
  readonly commit: string
  readonly decisions: number
  readonly verified: number
  readonly denied: number
  /** RFC 3339, of the newest of them. */
  readonly lastAt: string
}

export interface RepositoriesView {
  readonly repositories: readonly RepositoryFacts[]
  readonly commits: readonly CommitFacts[]
  readonly problems: readonly string[]
}

export function repositoriesPage(view: RepositoriesView, site: Site): string {
  const { repositories, commits, problems } = view
  const lead = html`Where changes may come from, and which commits decisions were about.`
  const body = html`${problems.map((one) => notice('warn', one))}
    ${repositories.length === 0 ? empty('The policy names no repository.') : repositoryTable(repositories)}
    <h2>Commits</h2>
    ${commits.length === 0 ? empty('None of the newest decisions names a commit.') : commitTable(commits, site.now)}`
  return framed({ title: 'Repositories', section: 'repositories', lead, body }, site)
}

export function repositoryTable(all: readonly RepositoryFacts[]): Html {
  return table({
    caption: 'Repositories of the policy',
    columns: ['Repository', 'Mirror', 'Fetched', 'Heads', 'Not read'],
    rows: all.map(({ name, url, branches, mirror }) => [
      html`<strong>${name}</strong><span class="sub">${url}</span>`,
      mirrorBadge(mirror),
      fetchedCell(mirror),
      headsCell(name, branches, mirror),
      unreadCell(mirror),
    ]),
  })
}

function mirrorBadge(mirror: MirrorFacts | undefined): Content {
  if (mirror === undefined) return badge('not here')
  const state = mirror.isStale ? badge('stale', 'bad') : badge('fresh', 'good')
  return html`${state}${mirror.problem === undefined ? '' : html`<span class="sub">${mirror.problem}</span>`}`
}

function fetchedCell(mirror: MirrorFacts | undefined): Content {
  if (mirror === undefined) return html`<span class="soft">by the active controller</span>`
  return mirror.ageSeconds === undefined ? 'never' : agoText(mirror.ageSeconds * 1000)
}

function headsCell(
  name: string,
  branches: readonly string[],
  mirror: MirrorFacts | undefined,
): Content {
  if (mirror === undefined || mirror.tips.length === 0) return branches.join(', ')
  return mirror.tips.map(
    ({ branch, commit }) =>
      html`<span>${branch} <a href="${commitAddress(name, commit)}">${short(commit)}</a> </span>`,
  )
}

function unreadCell(mirror: MirrorFacts | undefined): Content {
  if (mirror === undefined) return ''
  if (mirror.unread === undefined) return html`<span class="soft">being read</span>`
  return mirror.unread === 0 ? '0' : badge(counted(mirror.unread, 'manifest'), 'warn')
}

function commitTable(commits: readonly CommitFacts[], now: number): Html {
  return table({
    caption: 'By the newest decisions about them',
    columns: [
      'Commit',
      { name: 'Decisions', isNumber: true },
      { name: 'Verified', isNumber: true },
      { name: 'Denied', isNumber: true },
      'Last',
    ],
    rows: commits.map(({ repository, commit, decisions, verified, denied, lastAt }) => [
      html`<a href="${commitAddress(repository, commit)}">${repository}@${short(commit)}</a>`,
      decisions,
      verified,
      denied,
      when(lastAt, now),
    ]),
  })
}

/** Commits by the newest decision about each, newest first. */
export function commitsIn(
  decisions: readonly DecisionFacts[],
  most: number,
): readonly CommitFacts[] {
  const byCommit = Map.groupBy(
    decisions.filter(({ git }) => git !== undefined),
    ({ git }) => `${git?.repo ?? ''} ${git?.commit ?? ''}`,
  )
  return [...byCommit.values()].slice(0, most).flatMap((all) => {
    const [newest] = all
    if (newest?.git === undefined) return []
    return {
      repository: newest.git.repo,
      commit: newest.git.commit,
      decisions: all.length,
      verified: all.filter(({ git }) => git?.verified === true).length,
      denied: all.filter(({ verdict }) => verdict !== 'allow').length,
      lastAt: newest.time,
    }
  })
}
