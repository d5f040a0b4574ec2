import { decisionPage } from '../../core/console/decision-page.ts'
import { decisionsPage } from '../../core/console/decisions-page.ts'
import { readFilter, type DecisionFilter } from '../../core/console/decision-filter.ts'
import { toDecisions } from '../../core/console/problem-page.ts'
import type { UseOfGrant } from '../../core/console/decision-steps.ts'
import { momentText } from '../../core/breakglass/moment.ts'
import { listAt, toUseFacts } from '../../core/breakglass/narrative-uses.ts'
import { html } from '../../core/html/html.ts'
import { at, type JsonObject } from '../../core/manifest/json.ts'
import type { ConsoleAnswer } from '../../server/console.ts'
import { nameOf } from '../breakglass/grant-view.ts'
import type { FoundInIndex } from './record-index.ts'
import { good, misasked, missing, type Look } from './look.ts'
import type { ConsoleSources } from './sources.ts'
import { objectsOf, problemsOf } from './views.ts'

const perPage = 50

export async function decisionsAnswer(look: Look): Promise<ConsoleAnswer> {
  const { site, query } = look
  const read = readFilter(query)
  if (read.kind === 'bad') {
    const { problems: what } = read
    const wayOut = toDecisions
    const title = 'That cannot be looked for'
    return misasked({ title, what, section: 'decisions', wayOut }, site)
  }
  const { filter } = read
  const found = await find(filter, look)
  return good(decisionsPage({ filter, found }, site))
}

const none = { decisions: [], hasMore: false, hasOlderFiles: false }
const noRecords = 'No records are read here: start the controller with --console-records.'
const isBusy = 'Somebody else is searching the record files: load the page again in a moment.'

async function find(
  filter: DecisionFilter,
  { sources: { records }, signal }: Look,
): Promise<FoundInIndex> {
  if (records === undefined) return { ...none, problems: [noRecords] }
  if (!filter.isDeep) return records.index.find(filter, perPage)
  const found = await records.search.find(filter, perPage, signal)
  return found ?? { ...none, problems: [isBusy] }
}

export async function decisionAnswer(look: Look): Promise<ConsoleAnswer> {
  const { site, sources, signal, names } = look
  const id = (names[0] ?? '').toUpperCase()
  if (!/^[0-9A-Z]{26}$/.test(id)) return misasked(noId, site)
  const [found, grants] = await Promise.all([
    recordsOf(id, sources, signal),
    sources.lists.grants(),
  ])
  const uses = objectsOf(grants).flatMap((grant) => usesOf(grant, id))
  const problems = [...problemsOf(grants), ...found.problems]
  const { decisions: records } = found
  if (records.length + uses.length === 0) {
    return missing({ ...unknown, what: [...unknown.what, ...problems] }, site)
  }
  return good(decisionPage({ id, records, uses, problems }, site))
}

const section = 'decisions' as const

const noId = {
  title: 'That is no decision',
  what: ['The id of a decision has 26 letters and digits: it stands at the end of a denial.'],
  section,
  wayOut: toDecisions,
}

const unknown = {
  title: 'Nobody here knows that decision',
  what: [
    'It is in none of the records that this console reads, and no grant has it among its uses.',
  ],
  section,
  wayOut: html`${toDecisions} If its replica keeps its records for itself,
    <code>kubectl breakglass explain ID --records FILES</code> reads them.`,
}

async function recordsOf(
  id: string,
  { records }: ConsoleSources,
  signal: AbortSignal,
): Promise<FoundInIndex> {
  if (records === undefined) return { ...none, problems: [noRecords] }
  const decisions = await records.index.decision(id)
  if (decisions.length > 0) return { ...none, decisions, problems: [] }
  const found = await records.search.decision(id, momentText(timeOf(id)), signal)
  return found ?? { ...none, problems: [isBusy] }
}

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** The minute that an id begins with: epoch ms. */
function timeOf(id: string): number {
  let time = 0
  for (const symbol of id.slice(0, 10)) time = time * 32 + Math.max(0, crockford.indexOf(symbol))
  return Math.min(time, 8_000_000_000_000)
}

function usesOf(grant: JsonObject, id: string): readonly UseOfGrant[] {
  return listAt(at(grant, 'status'), 'uses')
    .filter((use) => use['decisionId'] === id)
    .map((use) => ({ grant: nameOf(grant), use: toUseFacts(use) }))
}
