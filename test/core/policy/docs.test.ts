import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { renewed } from '../../../scripts/policy-reference.ts'
import { policyJsonSchema, type PolicyJsonSchema } from '../../../src/core/policy/json-schema.ts'
import { goodPolicy } from './policies.ts'

const page = await readFile(new URL('../../../docs/policy.md', import.meta.url), 'utf8')

test('docs/policy.md is what the schema says; renew it with node scripts/docs-policy.ts', () => {
  assert.equal(page, renewed(page))
})

test('the example of docs/policy.md is a good policy', () => {
  const [, example = ''] = /```yaml\n([^]*?)```/.exec(page) ?? []
  assert.equal(goodPolicy(example).spec.writers[0]?.name, 'deployer')
})

test('the JSON Schema is draft 2020-12 and closes and describes everything', () => {
  const schema = policyJsonSchema()
  assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema')
  const check = (part: PolicyJsonSchema, path: string): void => {
    if (part.type === 'object') assert.equal(part.additionalProperties, false, path)
    for (const [key, child] of Object.entries(part.properties ?? {})) {
      const isListed = path.startsWith('.spec.roots') || child.not !== undefined
      if (!isListed)
        assert.notEqual(child.description ?? '', '', `${path}.${key} has no description`)
      check(child, `${path}.${key}`)
    }
    if (part.items !== undefined) check(part.items, `${path}[]`)
  }
  check(schema, '')
})
