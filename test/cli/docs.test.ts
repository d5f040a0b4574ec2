import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { renewed } from '../../scripts/cli-reference.ts'
import { commandTable, groupSummaries } from '../../src/cli/command-table.ts'

test('docs/cli.md is what the commands say of themselves; renew it with node scripts/docs-cli.ts', async () => {
  const page = await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8')
  assert.equal(page, await renewed(page))
})

test('every first word of several commands is explained, and no other', () => {
  const groups = commandTable
    .filter(({ words }) => words.includes(' '))
    .map(({ words }) => words.slice(0, words.indexOf(' ')))
  assert.deepEqual(new Set(groups), new Set(Object.keys(groupSummaries)))
})
