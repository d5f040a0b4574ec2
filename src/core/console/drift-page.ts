import { targetName } from '../admission/target.ts'
import { html, type Content, type Html } from '../html/html.ts'
import {
  findingKinds,
  type DeclaredPlace,
  type Finding,
  type FindingKind,
  type ScanSummary,
  type ScannedObject,
  type Unknown,
} from '../scan/result.ts'
import { addressOf, readQuery } from './query.ts'
import { reasonAddress } from './addresses.ts'
import { framed, type Site } from './frame.ts'
import { badge, counted, empty, notice, short, table, tiles, when, type Tone } from './parts.ts'

/** What the last scan found, as far as anybody knows. */
export type Drift =
  | { readonly kind: 'unknown'; readonly why: string }
  | {
      readonly kind: 'known'
      readonly summary: ScanSummary
      readonly findings: readonly Finding[]
      readonly unknown: readonly Unknown[]
    }

export interface DriftQuery {
  readonly kind: FindingKind | undefined
  readonly page: number
}

export type ReadDriftQuery =
  | { readonly kind: 'good'; readonly query: DriftQuery }
  | { readonly kind: 'bad'; readonly problems: readonly string[] }

export function readDriftQuery(given: Iterable<readonly [string, string]>): ReadDriftQuery {
  const { text, problems } = readQuery(given, ['kind', 'page'])
  const [asked, page = '1'] = [text('kind'), text('page')]
  const kind = findingKinds.find((one) => one === asked)
  const all = [
    ...problems,
    ...(asked !== undefined && kind === undefined
      ? [`kind is one of ${findingKinds.join(', ')}`]
      : []),
    ...(/^[1-9]\d{0,4}$/.test(page) ? [] : ['page is a number from 1']),
  ]
  return all.length > 0
    ? { kind: 'bad', problems: all }
    : { kind: 'good', query: { kind, page: Number(page) } }
}

const perPage = 50
const title = 'Drift'

export function driftPage(drift: Drift, query: DriftQuery, site: Site): string {
  const lead = html`What is in the cluster and what Git declares, compared by the last scan.`
  if (drift.kind === 'unknown') {
    const body = empty(drift.why)
    return framed({ title, section: 'drift', lead, body }, site)
  }
  const { summary, findings, unknown } = drift
  const shown = findings.filter(({ kind }) => query.kind === undefined || kind === query.kind)
  const first = (query.page - 1) * perPage
  const body = html`${overview(summary, site.now)} ${kindLinks(summary, query)}
  ${shown.length === 0 ? empty('No object differs from Git in that way.') : findingTable(shown.slice(first, first + perPage), site.now)}
  ${pages(query, shown.length)}
  ${summary.omitted === 0 ? '' : notice('warn', `${counted(summary.omitted, 'finding')} more are counted and not listed.`)}
  ${unknown.length === 0 ? '' : unknownTable(unknown)}`
  return framed({ title, section: 'drift', lead, body }, site)
}

const verdictTones = { clean: 'good', drift: 'bad', unknown: 'warn' } as const

function overview(summary: ScanSummary, now: number): Html {
  const { verdict, endedAt, trigger, objects, asDeclared, heads, unknown, notSeen } = summary
  const found = Object.values(summary.findings).reduce((sum, count) => sum + count, 0)
  return html`${tiles([
    { name: 'Verdict', value: verdict, note: `by ${trigger}`, tone: verdictTones[verdict] },
    { name: 'Scanned', value: counted(objects, 'object'), note: when(endedAt, now) },
    { name: 'As declared', value: asDeclared, note: headsText(heads) },
    { name: 'Findings', value: found, note: '', tone: found === 0 ? 'good' : 'bad' },
    {
      name: 'Not known',
      value: unknown,
      note: notSeen.length === 0 ? '' : `not seen: ${notSeen.join(', ')}`,
      tone: unknown === 0 ? 'plain' : 'warn',
    },
  ])}`
}

function headsText(heads: ScanSummary['heads']): Content {
  return heads.map(
    ({ repository, branch, commit }) =>
      html`<span class="sub">${repository} ${branch} ${short(commit)}</span>`,
  )
}

function kindLinks({ findings }: ScanSummary, { kind }: DriftQuery): Html {
  const link = (value: FindingKind | undefined, text: string) =>
    value === kind
      ? html`<a href="${driftAddress(value, 1)}" aria-current="true"><strong>${text}</strong></a>`
      : html`<a href="${driftAddress(value, 1)}">${text}</a>`
  return html`<nav class="pages" aria-label="Kinds of findings">
    ${link(undefined, 'all')}
    ${findingKinds.map((one) => html` ${link(one, `${one} (${findings[one]})`)}`)}
  </nav>`
}

function driftAddress(kind: FindingKind | undefined, page: number): string {
  return addressOf('/drift', [
    ['kind', kind],
    ['page', page === 1 ? undefined : String(page)],
  ])
}

const kindTones: Readonly<Record<FindingKind, Tone>> = {
  undeclared: 'bad',
  different: 'bad',
  missing: 'warn',
  superseded: 'warn',
}

function findingTable(findings: readonly Finding[], now: number): Html {
  return table({
    caption: 'Findings',
    columns: ['Object', 'Finding', 'Fields', 'In Git', 'Last writer (a hint)'],
    rows: findings.map(({ object, kind, paths, morePaths, declared, former, note, ...rest }) => [
      html`${objectText(object)}${note === undefined ? '' : html`<span class="sub">${note}</span>`}`,
      html`${badge(kind, kindTones[kind])}${deniedText(rest.wouldDeny)}`,
      fieldsCell(paths, morePaths),
      placeCell(declared ?? former),
      hintCell(rest.who, now),
    ]),
  })
}

function hintCell(who: Finding['who'], now: number): Content {
  if (who === undefined) return ''
  return html`${who.manager} <span class="sub">${who.operation}</span> ${when(who.time, now)}`
}

function deniedText({ human }: Finding['wouldDeny']): Html {
  return html`<span class="sub"
    >a write of it: <a href="${reasonAddress(human.reason)}">${human.reason}</a></span
  >`
}

function objectText({ group, resource, kind, namespace, name }: ScannedObject): string {
  const plural = resource === '' ? kind : resource
  return targetName(group === '' ? plural : `${plural}.${group}`, namespace, name)
}

function fieldsCell(paths: readonly string[], more: number): Content {
  if (paths.length === 0) return ''
  return html`<ul class="paths">
    ${paths.map((path) => html`<li><code>${path}</code></li>`)}
    ${more === 0 ? '' : html`<li class="soft">and ${more} more</li>`}
  </ul>`
}

function placeCell(place: DeclaredPlace | undefined): Content {
  if (place === undefined) return html`<span class="soft">nowhere</span>`
  const { repository, branch, commit, file, line } = place
  return html`<code>${file}:${line}</code>
    <span class="sub">${repository} ${branch} ${short(commit)}</span>`
}

function pages({ kind, page }: DriftQuery, count: number): Html | '' {
  const last = Math.max(1, Math.ceil(count / perPage))
  if (last === 1) return ''
  const before =
    page > 1 ? html`<a rel="prev" href="${driftAddress(kind, page - 1)}">Before</a>` : ''
  const next =
    page < last ? html`<a rel="next" href="${driftAddress(kind, page + 1)}">Next</a>` : ''
  return html`<nav class="pages" aria-label="More findings">
    ${before} <span>page ${page} of ${last}</span> ${next}
  </nav>`
}

function unknownTable(all: readonly Unknown[]): Html {
  return table({
    caption: 'What nobody could find out',
    columns: ['What', 'Why', { name: 'Objects', isNumber: true }],
    rows: all.map(({ what, why, objects }) => [what, why, objects]),
  })
}
