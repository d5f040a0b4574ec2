import { createReadStream } from 'node:fs'
import { recordLines } from '../journal/record-lines.ts'

/** The values of a file with one on each line. Only a newline ends a line: texts hold other breaks. */
export async function* jsonLines<T>(file: string): AsyncGenerator<T, void, undefined> {
  for await (const lines of recordLines(createReadStream(file), file)) {
    for (const { text } of lines) yield JSON.parse(text) as T
  }
}
