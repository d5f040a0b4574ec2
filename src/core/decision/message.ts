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

function plain(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`)
    .replace(/immutable/gi, 'unchangeable')
}

function clipBytes(text: string, bytes: number): string {
  // A UTF-16 unit takes three bytes at most.
  if (text.length * 3 <= bytes) return text
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytes - 3))
  return read === text.length ? text : `${text.slice(0, read)}…`
}
