import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { stringify } from 'yaml'
import { solewriter } from '../cli/process.ts'
import { page, policyOf, policyParts, section } from '../e2e/engines-page.ts'

let dir: string

before(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'solewriter-recipes-'))
})

after(() => rmSync(dir, { recursive: true }))

function check(spec: object) {
  const file = path.join(dir, 'policy.yaml')
  writeFileSync(file, stringify(policyOf(spec)))
  return solewriter(['policy', 'check', file])
}

const recipes = [
  'Flux',
  'Argo CD',
  'kubectl in CI',
  'Helm in CI',
  'Without a token of the job',
  'A hub',
]

describe('docs/engines.md', () => {
  for (const heading of recipes) {
    test(`has a policy that policy check takes without a warning: ${heading}`, () => {
      const parts = policyParts(section(heading))
      assert.equal(parts.length, 1)
      const { status, stdout, stderr } = check(parts[0] ?? {})
      assert.equal(status, 0, stderr)
      assert.match(stdout, /policy\.yaml: ok: /)
      assert.doesNotMatch(stdout + stderr, /warning/i)
    })
  }

  test('has no other parts of policies that it would not take', () => {
    const parts = policyParts(page)
    assert.ok(parts.length > recipes.length)
    for (const part of parts) {
      const { status, stderr } = check(part)
      assert.equal(status, 0, stderr)
    }
  })

  test('names each recipe in its table', () => {
    const rows = section('Recipes').match(/^\| \[.*$/gm) ?? []
    const named = rows.map((row) => /^\| \[([^\]]+)\]\(#([^)]+)\)/.exec(row))
    for (const row of named) assert.equal(row?.[2], row?.[1]?.toLowerCase().replaceAll(' ', '-'))
    const titles = named.map((row) => row?.[1])
    assert.deepEqual(
      titles,
      recipes.filter((title) => title !== 'Without a token of the job'),
    )
  })
})
