import type { AdmissionRequest } from '../admission/request.ts'
import { canonicalJson } from '../manifest/canonical.ts'
import { formatFieldPath, parseFieldPattern, type FieldPath } from '../manifest/field-path.ts'
import { at, type Json } from '../manifest/json.ts'
import { whyHidden, type Hidden } from './diff-hidden.ts'

/** One thing that a use changes, as people may read it. Texts stand as they are, other values as JSON. */
export type DiffRow = {
  readonly op: 'add' | 'remove' | 'replace'
  /** As `paths` of the use has them; `*` is the whole object. */
  readonly path: string
  readonly from?: string
  readonly value?: string
  /** In place of both. */
  readonly hidden?: Hidden
}

interface Diff {
  readonly diff?: readonly DiffRow[]
  /** There was more than a use keeps. */
  readonly diffTruncated?: true
}

/** A hundred uses have to fit into one object, with all else that is said of them. */
const mostBytes = 1024
const smallestRow = 40
/** Somebody waits for the answer, and an object may have a hundred thousand fields. */
const mostLookedAt = 256

/** What a write changes. Its fingerprint has nothing to do with it. */
export function diffOf(request: AdmissionRequest, changed: readonly FieldPath[]): Diff {
  const { operation, subresource } = request
  if (operation === 'UPDATE') return bounded(request, changed)
  const isWhole = subresource === '' && operation !== 'CONNECT'
  return isWhole ? { diff: [{ op: operation === 'CREATE' ? 'add' : 'remove', path: '*' }] } : {}
}

/** Whole rows are left out, never a part of one. */
function bounded(request: AdmissionRequest, changed: readonly FieldPath[]): Diff {
  const diff: DiffRow[] = []
  let left = mostBytes
  let isTruncated = false
  for (const [i, path] of changed.entries()) {
    if (left < smallestRow || i >= mostLookedAt) {
      isTruncated = true
      break
    }
    const row = toRow(request, path)
    const size = Buffer.byteLength(JSON.stringify(row), 'utf8')
    if (size > left) isTruncated = true
    else {
      diff.push(row)
      left -= size
    }
  }
  return {
    ...(diff.length > 0 && { diff }),
    ...(isTruncated && { diffTruncated: true }),
  }
}

function toRow({ object, oldObject, resource }: AdmissionRequest, steps: FieldPath): DiffRow {
  const path = formatFieldPath(steps)
  const [from, value] = sidesAt([oldObject ?? undefined, object ?? undefined], steps)
  const op = from === undefined ? 'add' : value === undefined ? 'remove' : 'replace'
  const place = { ...resource, field: parseFieldPattern(path) }
  const hidden = [from, value]
    .filter((side) => side !== undefined)
    .map((side) => whyHidden(place, side))
    .find((why) => why !== undefined)
  return { op, path, ...(hidden === undefined ? textsOf(from, value) : { hidden }) }
}

function textsOf(from: Json | undefined, value: Json | undefined) {
  const [before, after] = [from, value].map((side) => (side === undefined ? side : valueText(side)))
  // A number that becomes a text: only JSON shows it.
  const isAlike = before === after && from !== undefined && value !== undefined
  const show = isAlike ? canonicalJson : valueText
  return {
    ...(from !== undefined && { from: show(from) }),
    ...(value !== undefined && { value: show(value) }),
  }
}

export function valueText(value: Json): string {
  return typeof value === 'string' ? value : canonicalJson(value)
}

type Sides = readonly [old: Json | undefined, next: Json | undefined]

/** What the old and the new object have at a place that changedPaths has found. */
function sidesAt(sides: Sides, path: FieldPath): Sides {
  let [old, next] = sides
  for (const step of path) {
    if (step.kind === 'key') [old, next] = [at(old, step.key), at(next, step.key)]
    else [old, next] = sidesOf(step.items, [old, next])
  }
  return [old, next]
}

/** An item that only one list has comes alone. */
function sidesOf(items: readonly Json[], [old, next]: Sides): Sides {
  const [first, second] = items
  if (first === undefined || second !== undefined) return [first, second]
  const [before, after] = [listOf(old), listOf(next)]
  const [isOld, isNew] = [before.includes(first), after.includes(first)]
  const isGone = isOld === isNew ? before.length > after.length : isOld
  return isGone ? [first, undefined] : [undefined, first]
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}
