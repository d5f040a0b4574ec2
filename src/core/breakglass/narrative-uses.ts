import { targetName } from '../admission/target.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import type { DiffRow } from './diff.ts'

/** A stored use, for people: every key, whatever stands there. */
export interface UseFacts {
  readonly n: number
  readonly time: string
  readonly operation: string
  readonly target: string
  readonly paths: readonly string[]
  /** What an exec starts. */
  readonly program: string | null
  readonly diff: readonly DiffRow[]
  /** There was more than is kept. */
  readonly diffTruncated: boolean
  readonly state: string
  readonly confirmedAt: string | null
  /** Git declared the same already. */
  readonly unnecessary: boolean
  /** Null while it is open. */
  readonly resolution: ResolutionFacts | null
  readonly decisionId: string
}

export interface ResolutionFacts {
  readonly kind: string
  readonly repository: string
  readonly commit: string
  readonly at: string | null
}

export function useFactsIn(status: Json | undefined): readonly UseFacts[] {
  return listAt(status, 'uses').map(toUseFacts)
}

export function toUseFacts(use: JsonObject): UseFacts {
  const text = (...path: readonly string[]) => stringAt(use, ...path) ?? ''
  const n = at(use, 'n')
  const resource = [text('target', 'resource'), text('target', 'group')].filter(Boolean).join('.')
  const whole = [resource, text('target', 'subresource')].filter(Boolean).join('/')
  return {
    n: typeof n === 'number' ? n : 0,
    time: text('time'),
    operation: text('op'),
    target: targetName(whole, text('target', 'namespace'), text('target', 'name')),
    paths: textsAt(use, 'paths'),
    program: stringAt(use, 'program') ?? null,
    diff: listAt(use, 'diff').map(toRow),
    diffTruncated: at(use, 'diffTruncated') === true,
    state: text('state'),
    confirmedAt: stringAt(use, 'confirmedAt') ?? null,
    unnecessary: at(use, 'unnecessary') === true,
    resolution: toResolution(use),
    decisionId: text('decisionId'),
  }
}

const operations: readonly DiffRow['op'][] = ['add', 'remove', 'replace']

function toRow(row: JsonObject): DiffRow {
  const [from, value] = [stringAt(row, 'from'), stringAt(row, 'value')]
  return {
    op: operations.find((op) => op === row['op']) ?? 'replace',
    path: stringAt(row, 'path') ?? '',
    ...(from !== undefined && { from }),
    ...(value !== undefined && { value }),
    ...hiddenIn(row),
  }
}

/** A word that is not known hides as well. */
function hiddenIn(row: JsonObject): Pick<DiffRow, 'hidden'> {
  const hidden = stringAt(row, 'hidden')
  if (hidden === undefined) return {}
  return { hidden: hidden === 'Document' ? 'Document' : 'Confidential' }
}

function toResolution(use: JsonObject): ResolutionFacts | null {
  const resolution = at(use, 'resolution')
  if (!isJsonObject(resolution)) return null
  const text = (key: string) => stringAt(resolution, key) ?? ''
  return {
    kind: text('kind'),
    repository: text('repository'),
    commit: text('commit'),
    at: stringAt(resolution, 'at') ?? null,
  }
}

/** `Promoted by fleet@9c1f2ab30000`; the kind alone where no commit has to do with it. */
export function resolutionText({ kind, repository, commit }: ResolutionFacts): string {
  return commit === '' ? kind : `${kind} by ${repository}@${commit.slice(0, 12)}`
}

export function listAt(value: Json | undefined, key: string): readonly JsonObject[] {
  const list = at(value, key)
  return Array.isArray(list) ? (list as readonly Json[]).filter(isJsonObject) : []
}

export function textsAt(value: Json | undefined, key: string): readonly string[] {
  const list = at(value, key)
  return Array.isArray(list)
    ? (list as readonly Json[]).filter((one) => typeof one === 'string')
    : []
}
