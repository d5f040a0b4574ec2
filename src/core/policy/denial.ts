import { parseFieldPattern } from '../manifest/field-path.ts'
import { at, stringAt, type Json } from '../manifest/json.ts'
import { operations } from './exception-schema.ts'

/** Records hold no more paths than this, so a list of this length may go on. */
const recordedPaths = 20

/** What records hold of a write. */
export interface Denial {
  readonly user: string
  readonly groups: readonly string[]
  readonly resource: string
  readonly operation: string
  readonly namespace: string
  readonly name: string
  readonly fields: readonly string[]
  readonly isCut: boolean
  readonly reason: string
}

/** Undefined for what was not denied, or not asked in earnest. */
export function toDenial(record: Json): Denial | undefined {
  const denied = stringAt(record, 'decision') === 'deny' || at(record, 'wouldDeny') === true
  if (!denied || at(record, 'dryRun') === true) return undefined
  const operation = textAt(record, 'op')
  if (!(operations as readonly string[]).includes(operation)) return undefined
  const paths = changesFields(operation) ? texts(record, 'paths') : []
  return {
    user: textAt(record, 'user'),
    groups: texts(record, 'groups'),
    resource: resourceOf(textAt(record, 'gvr'), textAt(record, 'sub')),
    operation,
    namespace: textAt(record, 'ns'),
    name: textAt(record, 'name'),
    ...suggestedFields(paths),
    reason: textAt(record, 'reason'),
  }
}

function textAt(record: Json, key: string): string {
  return stringAt(record, key) ?? ''
}

/** `apps/v1/deployments` and `scale` to `deployments.apps/scale`; the core group may be left out. */
function resourceOf(gvr: string, sub: string): string {
  const [resource = '', , group = ''] = gvr.split('/').toReversed()
  const main = group === '' ? resource : `${resource}.${group}`
  return sub === '' ? main : `${main}/${sub}`
}

export function changesFields(operation: string): boolean {
  return operation === 'CREATE' || operation === 'UPDATE'
}

/** Never the whole object; of a list that may go on only the roots are of use. */
function suggestedFields(paths: readonly string[]): Pick<Denial, 'fields' | 'isCut'> {
  const usable = paths.filter((path) => path !== '*' && isPattern(path))
  const isCut = paths.length >= recordedPaths || usable.length < paths.length
  const fields = isCut ? usable.map((path) => path.split(/[.[]/, 1)[0] ?? path) : usable
  return { fields: [...new Set(fields)].toSorted(), isCut }
}

function isPattern(text: string): boolean {
  try {
    parseFieldPattern(text)
    return true
  } catch {
    return false
  }
}

function texts(record: Json, key: string): readonly string[] {
  const found = at(record, key)
  return Array.isArray(found)
    ? (found as readonly Json[]).filter((item) => typeof item === 'string')
    : []
}
