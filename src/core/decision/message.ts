import { clipBytes } from '../admission/response.ts'
import type { Verdict } from './decision.ts'

/** What the API server shows of a denial; one paragraph. */
const mostBytes = 1024

/**
 * `[Reason] what, why, the way out. (decision ID)`, whole in its ends whatever its length. Names in
 * it are others' choice: nothing in them may move a cursor, and no text may hold the words at which
 * Flux and kubectl delete and recreate an object.
 */
export function denialText(verdict: Verdict & { readonly kind: 'deny' }, id: string): string {
  const head = `[${verdict.reason}] `
  const tail = ` (decision ${id})`
  return head + clipBytes(plain(verdict.message), mostBytes - head.length - tail.length) + tail
}

const hostile = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu
/** Nearly every text, told many times faster. */
const printable = /^[ -~]*$/

/** Of a message, or of a field path for `status.details.causes`: whoever looks at the whole answer finds no such words. */
export function plain(text: string): string {
  return visible(text).replaceAll(/(?<=is\s)immutable|immutable(?=\sfield)/gi, 'unchangeable')
}

function visible(text: string): string {
  return printable.test(text) ? text : text.replace(hostile, escape)
}

function escape(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
