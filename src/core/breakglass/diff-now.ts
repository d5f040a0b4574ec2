import { parseFieldPattern } from '../manifest/field-path.ts'
import { at, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { whyHidden, type Hidden, type Place } from './diff-hidden.ts'
import { valueText } from './diff.ts'
import { digestAt, valuesOf } from './field-values.ts'

/** What stands where a use has written, compared with what it wrote. */
export const nowWords = {
  AsLeft: 'as the use left it',
  AsBefore: 'as it was before the use',
  Changed: 'neither as before nor as the use left it',
  Gone: 'the object is gone',
  Replaced: 'another object of that name',
  Unknown: 'cannot be told',
} as const
export type Now = keyof typeof nowWords

/** `live`: the object of the use, or its subresource, as it is; undefined if there is none. */
export function nowOf(use: JsonObject, live: JsonObject | undefined): Now {
  const op = stringAt(use, 'op')
  if (op === 'CONNECT') return 'Unknown'
  const isOther = live !== undefined && isAnother(use, live)
  if (op === 'DELETE') return live === undefined ? 'AsLeft' : isOther ? 'Replaced' : 'AsBefore'
  if (live === undefined) return 'Gone'
  return isOther ? 'Replaced' : byDigests(use, live)
}

/** Objects of one name may follow each other. */
function isAnother(use: JsonObject, live: JsonObject): boolean {
  const uid = stringAt(use, 'target', 'uid') ?? ''
  const present = stringAt(live, 'metadata', 'uid') ?? ''
  return uid !== '' && present !== '' && uid !== present
}

function byDigests(use: JsonObject, live: JsonObject): Now {
  const [pre, post] = [stringAt(use, 'pre'), stringAt(use, 'post')]
  // Those of a Secret are keyed, and the key is not ours.
  if (post?.startsWith('sha256:') !== true) return 'Unknown'
  const present = digestAt(live, pathsOf(use))
  if (present === post) return 'AsLeft'
  return present === pre ? 'AsBefore' : 'Changed'
}

function pathsOf(use: JsonObject): readonly string[] {
  const paths = at(use, 'paths')
  return Array.isArray(paths)
    ? (paths as readonly Json[]).filter((path) => typeof path === 'string')
    : []
}

/** What stands at the path of one row of a diff; undefined where nothing does. */
export function valueNow(
  target: Pick<Place, 'group' | 'resource'>,
  path: string,
  live: JsonObject,
): { readonly value: string } | { readonly hidden: Hidden } | undefined {
  if (path === '*') return undefined
  const field = parseFieldPattern(path)
  const values = valuesOf(live, path)
  const [value, ...others] = values
  if (value === undefined) return undefined
  const hidden = values
    .map((one) => whyHidden({ ...target, field }, one))
    .find((why) => why !== undefined)
  if (hidden !== undefined) return { hidden }
  return others.length > 0 ? { hidden: 'Document' } : { value: valueText(value) }
}
