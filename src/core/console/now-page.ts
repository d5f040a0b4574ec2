import { momentOf } from '../breakglass/moment.ts'
import { barChart } from '../html/bar-chart.ts'
import { html, type Html } from '../html/html.ts'
import type { DecisionFacts } from './decision-facts.ts'
import { decisionTable } from './decisions-page.ts'
import { framed, type Site } from './frame.ts'
import {
  agoText,
  badge,
  counted,
  empty,
  notice,
  short,
  table,
  tiles,
  when,
  type Tile,
} from './parts.ts'
import { repositoryTable, type RepositoryFacts } from './repositories-page.ts'

/** A Pod of ours, or the run of one as its chain of records shows it. */
export interface ReplicaFacts {
  readonly name: string
  readonly part: string
  readonly isReady: boolean
  readonly state: string
}

export interface ChainFacts {
  readonly writer: string
  readonly records: number
  readonly isClosed: boolean
  /** RFC 3339. */
  readonly at: string
  readonly kid: string
}

export interface NowView {
  readonly scopes: readonly { readonly where: string; readonly mode: string }[]
  readonly policy: { readonly hash: string; readonly problem: string | undefined }
  /** Whether this replica is the active controller. */
  readonly isLeading: boolean
  readonly isEmergency: boolean
  /** What is wrong with our webhook configuration. */
  readonly faults: readonly { readonly fault: string; readonly detail: string }[]
  readonly repositories: readonly RepositoryFacts[]
  readonly replicas: readonly ReplicaFacts[]
  /** Newest first. */
  readonly chains: readonly ChainFacts[]
  readonly queue: {
    readonly activeGrants: number
    readonly openUses: number
    readonly untold: number
    readonly overdue: number
  }
  /** Undefined where no records are read. */
  readonly lastHour: readonly DecisionFacts[] | undefined
  /** Newest first. */
  readonly newest: readonly DecisionFacts[]
  readonly problems: readonly string[]
}

export function nowPage(view: NowView, site: Site): string {
  const lead = html`How the gate stands at this moment, as this replica of the controller sees it.`
  const body = html`${alarms(view)} ${view.problems.map((one) => notice('warn', one))}
    ${tiles(tilesOf(view, site))} ${lastHour(view)}
    <h2>Newest decisions</h2>
    ${newest(view, site)}
    <h2>Mirrors</h2>
    ${view.repositories.length === 0 ? empty('The policy names no repository.') : repositoryTable(view.repositories)}
    <div class="columns">
      <div>
        <h2>Replicas</h2>
        ${replicas(view)}
      </div>
      <div>
        <h2>Chains of records</h2>
        ${chains(view, site)}
      </div>
    </div>
    <h2>Scopes</h2>
    ${scopeTable(view)}`
  return framed({ title: 'Now', section: 'now', lead, body }, site)
}

function alarms({ isEmergency, faults, policy }: NowView): Html {
  const emergency = isEmergency
    ? notice(
        'bad',
        'The emergency is in force: the gate was switched off. docs/emergency.md says how to end it.',
      )
    : ''
  const refused =
    policy.problem === undefined
      ? ''
      : notice('bad', `The policy file was refused (${policy.problem}): the last good one counts.`)
  return html`${emergency} ${refused}
  ${faults.map(({ fault, detail }) => notice('bad', html`<strong>${fault}</strong> ${detail}`))}`
}

function tilesOf(view: NowView, { mode, now }: Site): readonly Tile[] {
  const { policy, queue, chains: all, isLeading, repositories, replicas: pods } = view
  const stale = repositories.filter(({ mirror }) => mirror?.isStale === true).length
  const known = repositories.filter(({ mirror }) => mirror !== undefined).length
  const ready = pods.filter(({ isReady }) => isReady).length
  const [last] = all
  return [
    {
      name: 'Mode',
      value: mode,
      note: html`policy ${short(policy.hash)}`,
      tone: mode === 'enforce' || mode === 'sealed' ? 'good' : 'warn',
    },
    mirrorTile(known, stale),
    {
      name: 'Replicas ready',
      value: pods.length === 0 ? 'not known' : `${ready} of ${pods.length}`,
      note: isLeading ? 'this one is the active controller' : 'this one is a standby',
      tone: pods.length === 0 ? 'plain' : ready === pods.length ? 'good' : 'warn',
    },
    queueTile(queue),
    {
      name: 'Last checkpoint',
      value: last === undefined ? 'none' : agoOf(last.at, now),
      note: last === undefined ? 'no replica signs its records' : counted(all.length, 'chain'),
      tone: last === undefined ? 'warn' : 'plain',
    },
  ]
}

function mirrorTile(known: number, stale: number): Tile {
  if (known === 0)
    return { name: 'Mirrors', value: 'not here', note: 'the active controller keeps them' }
  return stale === 0
    ? {
        name: 'Mirrors',
        value: 'fresh',
        note: counted(known, 'repository', 'repositories'),
        tone: 'good',
      }
    : { name: 'Mirrors', value: `${stale} stale`, note: `of ${known}`, tone: 'bad' }
}

function queueTile({ activeGrants, openUses, untold, overdue }: NowView['queue']): Tile {
  const parts = [
    `${counted(openUses, 'use')} open`,
    `${counted(untold, 'grant')} to be told`,
    `${overdue} overdue`,
  ]
  return {
    name: 'Break-glass',
    value: counted(activeGrants, 'active grant'),
    note: parts.join(', '),
    tone: overdue > 0 ? 'bad' : activeGrants + openUses + untold > 0 ? 'warn' : 'good',
  }
}

function agoOf(time: string, now: number): string {
  const at = momentOf(time)
  return at === undefined ? time : agoText(now - at)
}

function lastHour({ lastHour: decisions }: NowView): Html | '' {
  if (decisions === undefined || decisions.length === 0) return ''
  const byReason = Map.groupBy(decisions, ({ reason }) => reason)
  const bars = [...byReason]
    .map(([label, all]) => ({ label, value: all.length }))
    .toSorted((a, b) => b.value - a.value)
    .slice(0, 8)
  return html`<h2>The last hour</h2>
    <figure class="card">
      ${barChart({ title: `${counted(decisions.length, 'decision')} in the last hour, by reason`, bars })}
    </figure>`
}

function newest({ lastHour: read, newest: decisions }: NowView, { now }: Site): Html {
  if (read === undefined) {
    return empty('No records are read here: start the controller with --console-records.')
  }
  if (decisions.length === 0) return empty('No decision is recorded yet.')
  return html`${decisionTable('The newest ones', decisions, now)}
    <p><a href="/decisions">All decisions</a></p>`
}

function replicas({ replicas: pods }: NowView): Html {
  if (pods.length === 0) return empty('No Pod of ours was found in this namespace.')
  return table({
    caption: 'Pods of solewriter',
    columns: ['Pod', 'Part', 'State'],
    rows: pods.map(({ name, part, isReady, state }) => [
      name,
      part,
      badge(state, isReady ? 'good' : 'warn'),
    ]),
  })
}

function chains({ chains: all }: NowView, { now }: Site): Html {
  if (all.length === 0) return empty('No replica has signed a checkpoint yet.')
  return table({
    caption: 'Newest signed checkpoint of each run',
    columns: ['Run', { name: 'Records', isNumber: true }, 'Signed'],
    rows: all.map(({ writer, records, isClosed, at, kid }) => [
      html`<code>${writer}</code>${isClosed ? html` ${badge('closed')}` : ''}`,
      records,
      html`${when(at, now)}<span class="sub">key ${kid === '' ? 'none' : kid}</span>`,
    ]),
  })
}

function scopeTable({ scopes }: NowView): Html {
  return table({
    caption: 'The first that matches counts',
    columns: ['Where', 'Mode'],
    rows: scopes.map(({ where, mode }) => [
      where,
      badge(mode, mode === 'enforce' || mode === 'sealed' ? 'good' : 'warn'),
    ]),
  })
}
