import { isUtf8 } from 'node:buffer'
import type { RecordLine } from '../core/audit/verify.ts'

/** Longer than any record. What is longer is cut, and then is none. */
const longestLine = 1024 * 1024
const newline = 0x0a

/**
 * The lines of a record file, as many at a time as come together: it may be larger than memory.
 * Unlike readline, only a newline ends a line, and a line that lacks it says so.
 */
export async function* recordLines(
  chunks: AsyncIterable<Buffer>,
  file: string,
): AsyncGenerator<readonly RecordLine[], void, undefined> {
  let rest: Buffer = Buffer.alloc(0)
  let line = 0
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const lines: RecordLine[] = []
    let begin = 0
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, begin)) {
      line += 1
      lines.push({ file, line, text: textOf(bytes.subarray(begin, end)), isWhole: true })
      begin = end + 1
    }
    if (lines.length > 0) yield lines
    // A copy: the chunk is not kept for the sake of its end.
    rest = Buffer.from(bytes.subarray(begin, begin + longestLine))
  }
  if (rest.length > 0) yield [{ file, line: line + 1, text: textOf(rest), isWhole: false }]
}

/** Bytes that are no text would be read as others than they are: they are no record. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  return text.includes('\uFFFD') && !isUtf8(bytes) ? '' : text
}
