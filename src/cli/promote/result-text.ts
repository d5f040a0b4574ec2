import { formatObject, type ObjectWords } from '../../core/promote/object-words.ts'
import type { Env } from '../env.ts'
import { painter, print, printJson, table, type Cell, type OutputFormat } from '../output.ts'
import type { Result } from './publish.ts'
import type { Unwanted } from './wanted.ts'
import type { Outcome } from './drafts.ts'

export interface Shown extends Result {
  /** Of what no wish was made. */
  readonly apart: readonly Unwanted[]
}

/** What is declared already is changed, also where all of it was wished for. */
export function wordsOf({ wanted: { id, paths, change }, difference }: Outcome): ObjectWords {
  const { kind, namespace, name } = id
  if (change.kind !== 'add' || difference === undefined) {
    return { kind, namespace, name, paths, change: change.kind }
  }
  return { kind, namespace, name, paths: difference.map(({ path }) => path), change: 'change' }
}

export async function showResult(
  shown: Shown,
  { output, dryRun = false }: { readonly output: OutputFormat; readonly dryRun?: boolean },
  env: Env,
): Promise<void> {
  if (output === 'json') return printJson(env, resultJson(shown))
  const paint = painter(env.stdout, env.vars)
  if (dryRun) {
    await print(env, shown.published.map(({ patch }) => patch).join(''))
    env.stderr.write(table(rowsOf(shown), painter(env.stderr, env.vars)))
    return
  }
  await print(env, table([...rowsOf(shown), ...branchRows(shown)], paint))
}

function resultJson({ outcomes, published, there, apart }: Shown) {
  return {
    objects: outcomes.map(({ wanted, kind, why = null, place, difference = [] }) => ({
      kind: wanted.id.kind,
      group: wanted.id.group,
      namespace: wanted.id.namespace,
      name: wanted.id.name,
      change: wanted.change.kind,
      paths: wanted.paths,
      uses: wanted.uses,
      result: wordOf(kind, published),
      why,
      repository: place?.repository.name ?? null,
      file: place?.file ?? null,
      difference,
    })),
    apart: apart.map(({ kind, title, why, uses }) => ({ result: kind, object: title, why, uses })),
    branches: published.map(({ compare = null, ...one }) => ({ ...one, compare })),
    there: there.map(({ repository, branch, compare = null }) => ({ repository, branch, compare })),
  }
}

/** Written down, and not pushed. */
function wordOf(kind: Outcome['kind'], published: Result['published']) {
  return kind === 'written' && !published.some(({ isPushed }) => isPushed) ? 'ready' : kind
}

const words: Readonly<Record<ReturnType<typeof wordOf>, Cell>> = {
  written: { text: 'written', style: 'green' },
  ready: 'ready',
  same: 'there',
  skipped: { text: 'skipped', style: 'yellow' },
  blocked: { text: 'blocked', style: 'red' },
}

function rowsOf({ outcomes, published, apart }: Shown): readonly (readonly Cell[])[] {
  return [
    ...outcomes.flatMap((outcome) => [
      [words[wordOf(outcome.kind, published)], whereOf(outcome)],
      ...(outcome.difference ?? []).map(({ path, from = 'nothing', to = 'nothing' }) => [
        '',
        `  ${path}: ${from} -> ${to}`,
      ]),
      ...(outcome.why === undefined ? [] : [['', outcome.why]]),
    ]),
    ...apart.map(({ kind, title, why }) => [words[kind], `${title}: ${why}`]),
  ]
}

function whereOf(outcome: Outcome): string {
  const { place } = outcome
  const where =
    place === undefined ? '' : ` in ${place.repository.name}:${place.file} (${place.branch})`
  return `${formatObject(wordsOf(outcome))}${where}`
}

function branchRows({ published, there, outcomes, apart }: Shown): readonly (readonly Cell[])[] {
  const rows = [
    ...published.flatMap(({ repository, branch, commit, base, compare }) => [
      ['branch', `${branch} of ${repository}, ${commit.slice(0, 12)}, to be merged into ${base}`],
      ...(compare === undefined ? [] : [['open', compare]]),
    ]),
    ...there.flatMap(({ repository, branch, compare }) => [
      ['branch', `${branch} of ${repository} has it already`],
      ...(compare === undefined ? [] : [['open', compare]]),
    ]),
  ]
  if (rows.length > 0) return rows
  const isBlocked = [...outcomes, ...apart].some(({ kind }) => kind === 'blocked')
  if (isBlocked) return [['nothing was pushed']]
  const isThere = outcomes.some(({ kind }) => kind === 'same')
  return [[isThere ? 'nothing to do: Git says so already' : 'nothing to do']]
}
