import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse, stringify } from 'yaml'
import { policyJsonSchema, type PolicyJsonSchema } from '../../../src/core/policy/json-schema.ts'
import { fullPolicy, issuesOf } from './policies.ts'

type Step = string | number
type Tree = { [key: string]: unknown }

/** Every object and every leaf of the schema, at its first place in the policy with everything. */
const objects: Step[][] = []
const leaves: { readonly path: Step[]; readonly schema: PolicyJsonSchema }[] = []
walk(policyJsonSchema(), [])

function walk(schema: PolicyJsonSchema, path: Step[]): void {
  if (schema.properties !== undefined) objects.push(path)
  leaves.push({ path, schema })
  for (const [key, child] of Object.entries(schema.properties ?? {})) {
    if (child.not !== undefined) continue
    walk(child, [...path, key])
  }
  if (schema.items !== undefined) walk(schema.items, [...path, 0])
}

/** The policy with `change` made at the path; what the policy lacks there is made up. */
function changed(path: readonly Step[], value: unknown): string {
  const policy: unknown = parse(fullPolicy)
  let node = policy as Tree
  for (const [i, step] of path.slice(0, -1).entries()) {
    node[step] ??= typeof path[i + 1] === 'number' ? [] : {}
    node = node[step] as Tree
  }
  const last = path.at(-1)
  if (last === undefined) return stringify(value)
  node[last] = value
  return stringify(policy)
}

function formatted(path: readonly Step[]): string {
  return path.reduce<string>(
    (text, step) =>
      typeof step === 'number' ? `${text}[${step}]` : `${text}${text && '.'}${step}`,
    '',
  )
}

test('the walk finds the objects of the schema', () => {
  assert.ok(objects.length >= 16, `${objects.length} objects`)
  assert.ok(leaves.length >= 60, `${leaves.length} leaves`)
})

for (const path of objects) {
  const place = formatted(path)
  test(`an unknown key in ${place || 'the file'} is refused`, () => {
    for (const key of ['unknown', '__proto__', 'constructor', 'toString', '']) {
      const written = key === '' ? `${place && `${place}`}[""]` : `${place && `${place}.`}${key}`
      const text = changed([...path, 'KEY'], {}).replace(/\bKEY:/, `${JSON.stringify(key)}:`)
      const found = issuesOf(text).some((issue) => issue.includes(`: ${written}: is not known`))
      assert.ok(found, `${written}: ${issuesOf(text).join('\n')}`)
    }
  })
}

const values: Readonly<Record<string, unknown>> = {
  string: 'x\u0000',
  number: 7,
  boolean: true,
  array: [[]],
  object: { unknown: 1 },
  null: null,
}

for (const { path, schema } of leaves) {
  const place = formatted(path)
  test(`a value of the wrong type at ${place || 'the top'} is refused`, () => {
    const type = schema.type ?? typeof schema.const
    for (const [other, value] of Object.entries(values)) {
      if (other === type) continue
      const issues = issuesOf(changed(path, value))
      assert.ok(
        issues.some((issue) => path.length === 0 || issue.includes(` ${place}`)),
        `${other} at ${place}: ${issues.join('\n')}`,
      )
    }
  })
}
