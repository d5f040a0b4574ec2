import { canonicalJson } from '../manifest/canonical.ts'
import { isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'
import type { AuditRecord } from './record.ts'

type Column = keyof AuditRecord | 'v' | 'writer' | 'seq' | 'prev' | 'predecessor' | 'unrecorded'

/** Every key that a record may have, in canonical order. */
const columns = {
  cluster: undefined,
  config: undefined,
  cred: undefined,
  decision: undefined,
  decisionId: undefined,
  dryRun: undefined,
  fingerprint: undefined,
  git: undefined,
  groupCount: undefined,
  groups: undefined,
  gvr: undefined,
  idClass: undefined,
  latencyMs: undefined,
  mode: undefined,
  name: undefined,
  ns: undefined,
  objUid: undefined,
  op: undefined,
  paths: undefined,
  peer: undefined,
  policy: undefined,
  post: undefined,
  pre: undefined,
  predecessor: undefined,
  prev: undefined,
  program: undefined,
  reason: undefined,
  requestUid: undefined,
  rule: undefined,
  rv: undefined,
  seq: undefined,
  sub: undefined,
  time: undefined,
  uid: undefined,
  unrecorded: undefined,
  user: undefined,
  v: undefined,
  wouldDeny: undefined,
  writer: undefined,
} satisfies Record<Column, undefined>

const parts = Object.keys(columns).map((key) => ({ key, head: `"${key}":` }))

/**
 * What canonicalJson gives, many times faster: every decision has such a text. What is undefined is
 * left out. What is in `place` comes first, whatever the record says.
 */
export function recordText(record: JsonObject, place: JsonObject = {}): string {
  // Half a surrogate pair would be written as an escape, and has no canonical text.
  const text = columnsText(record, place)
  const isCanonicalText = text !== undefined && !text.includes('\\u')
  return isCanonicalText ? text : canonicalJson({ ...record, ...place })
}

/** Undefined if there is more in it than the columns, or something else than plain JSON. */
function columnsText(record: JsonObject, place: JsonObject): string | undefined {
  let text = '{'
  let left = count(record) + count(place)
  for (const { key, head } of parts) {
    const placed = place[key]
    const own = record[key]
    const value = placed === undefined ? own : placed
    if (value === undefined) continue
    const written = valueText(value)
    if (written === undefined) return undefined
    text += text === '{' ? head + written : `,${head}${written}`
    left -= placed === undefined || own === undefined ? 1 : 2
  }
  return left === 0 ? `${text}}` : undefined
}

function count(object: JsonObject): number {
  let keys = 0
  for (const key in object) if (object[key] !== undefined) keys += 1
  return keys
}

/** What JSON.stringify would only put quotes around. */
const unescaped = /^[ !#-[\]-~]*$/

/** Undefined if JSON.stringify may write something else than the canonical text. */
function valueText(value: Json): string | undefined {
  if (typeof value === 'string' && unescaped.test(value)) return `"${value}"`
  return isPlain(value) ? JSON.stringify(value) : undefined
}

/** Whether JSON.stringify writes the canonical text of it, as long as all text is well-formed. */
function isCanonical(object: { readonly [key: string]: Json | undefined }): boolean {
  let before = ''
  for (const key in object) {
    if (key < before || !isPlain(object[key])) return false
    before = key
  }
  return true
}

function isPlain(value: Json | undefined): boolean {
  if (typeof value === 'string') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value === 'bigint') return false
  if (isJsonObject(value)) return isCanonical(value)
  return !Array.isArray(value) || (value as readonly Json[]).every(isPlain)
}
