import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { parse, stringify } from 'yaml'
import { renewed } from '../../../scripts/policy-reference.ts'
import { policyJsonSchema, type PolicyJsonSchema } from '../../../src/core/policy/json-schema.ts'
import { goodPolicy, head } from './policies.ts'

const page = await readFile(new URL('../../../docs/policy.md', import.meta.url), 'utf8')

test('docs/policy.md is what the schema says; renew it with node scripts/docs-policy.ts', () => {
  assert.equal(page, renewed(page))
})

test('the example of docs/policy.md is a good policy', () => {
  const [, example = ''] = /```yaml\n([^]*?)```/.exec(page) ?? []
  assert.equal(goodPolicy(example).spec.writers[0]?.name, 'deployer')
})

test('the other examples of docs/policy.md are parts of good policies', () => {
  const blocks = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) => text)
  const repository = { name: 'fleet', url: 'https://git.example.com/fleet', branches: ['main'] }
  const parts = blocks
    .map((text) => parse(text) as { spec?: object } & Record<string, unknown>)
    .filter((part) => part['apiVersion'] === undefined && part['sources'] === undefined)
    .map((part) => part.spec ?? part)
  assert.ok(parts.length >= 4)
  for (const part of parts) {
    const spec = { repositories: [repository], ...part }
    goodPolicy(`${head}${stringify({ spec }).slice('spec:\n'.length)}`)
  }
})

test('the JSON Schema is draft 2020-12 and closes and describes everything', () => {
  const schema = policyJsonSchema()
  assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema')
  const check = (part: PolicyJsonSchema, path: string): void => {
    if (part.type === 'object') assert.equal(part.additionalProperties, false, path)
    for (const [key, child] of Object.entries(part.properties ?? {})) {
      if (child.not === undefined)
        assert.notEqual(child.description ?? '', '', `${path}.${key} has no description`)
      check(child, `${path}.${key}`)
    }
    if (part.items !== undefined) check(part.items, `${path}[]`)
  }
  check(schema, '')
})
