import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { allowReasons, denyReasons } from '../src/core/decision/reasons.ts'
import { errorCodes } from '../src/core/errors.ts'

const docs = path.join(import.meta.dirname, '..', 'docs')

function sections(file: string): readonly { readonly title: string; readonly text: string }[] {
  const page = readFileSync(path.join(docs, file), 'utf8')
  return page
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const [title = '', ...lines] = section.split('\n')
      return { title, text: lines.join('\n').trim() }
    })
}

for (const [file, words] of [
  ['reasons.md', [...allowReasons, ...denyReasons]],
  ['errors.md', errorCodes],
] as const) {
  describe(`docs/${file}`, () => {
    test('has a section for each word of the code, in its order, and no other', () => {
      assert.deepEqual(
        sections(file).map(({ title }) => title),
        [...words],
      )
    })

    test('says something in each', () => {
      for (const { title, text } of sections(file)) assert.match(text, /\w+ \w+/, title)
    })
  })
}
