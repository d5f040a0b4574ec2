import type { RecordLine } from '../core/audit/verify.ts'

/** Longer than any record. What is longer is cut, and then is none. */
const longestLine = 1024 * 1024

/**
 * The lines of a record file, one by one: it may be larger than memory. Unlike readline, only a
 * newline ends a line, and a line that lacks it says so.
 */
export async function* recordLines(
  chunks: AsyncIterable<string>,
  file: string,
): AsyncGenerator<RecordLine, void, undefined> {
  let rest = ''
  let line = 0
  for await (const chunk of chunks) {
    const texts = `${rest}${chunk}`.split('\n')
    rest = (texts.pop() ?? '').slice(0, longestLine)
    for (const text of texts) {
      line += 1
      yield { file, line, text, isWhole: true }
    }
  }
  if (rest !== '') yield { file, line: line + 1, text: rest, isWhole: false }
}
