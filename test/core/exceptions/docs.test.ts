import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { renewed } from '../../../scripts/exceptions-reference.ts'
import { builtInRows } from '../../../src/core/exceptions/built-in.ts'

const page = await readFile(new URL('../../../docs/exceptions.md', import.meta.url), 'utf8')

test('docs/exceptions.md is what the table says; renew it with node scripts/docs-exceptions.ts', () => {
  assert.equal(page, renewed(page))
})

test('docs/exceptions.md lists every row and every condition', () => {
  for (const { name, condition } of builtInRows) {
    assert.ok(page.includes(`**${name}**`), name)
    assert.ok(condition === undefined || page.includes(condition.says), condition?.says)
  }
})
