import { createHash } from 'node:crypto'

/** One document that a renderer has written. */
export interface RenderedDocument {
  /** Equal digests, equal bytes. */
  readonly digest: string
  readonly bytes: Buffer
  /** The template that helm names before it, or before one further up; '' for none. */
  readonly template: string
}

const separator = Buffer.from('\n---')
const mark = /^(?:---[^\n]*\n)?# Source: (\S[^\n]*)/
/** Bytes in which a mark is looked for: it stands at the begin. */
const markBytes = 2000

/** Cut where kubectl cuts; a line that separates stays with what follows it. */
export function splitRendered(output: Buffer): readonly RenderedDocument[] {
  const documents: RenderedDocument[] = []
  let template = ''
  for (let start = 0; start < output.length;) {
    const next = output.indexOf(separator, start)
    const end = next === -1 ? output.length : next + 1
    const bytes = output.subarray(start, end)
    template = mark.exec(bytes.toString('utf8', 0, markBytes))?.[1] ?? template
    const digest = createHash('sha256').update(bytes).digest('hex')
    documents.push({ digest, bytes, template })
    start = end
  }
  return documents
}
