import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { builtInKind } from '../../../src/core/content/catalogue.ts'
import {
  dependentDefault,
  dependentDefaults,
  isDependent,
} from '../../../src/core/content/dependent-defaults.ts'
import type { Position } from '../../../src/core/content/position.ts'
import { isJsonObject, stringAt } from '../../../src/core/manifest/json.ts'
import type { DependentCase } from './cases/case.ts'
import { dependentCases, valueAt } from './dependent-cases.ts'

// That the API server does the same is shown in test/e2e/defaults.test.ts.

describe('a default that depends on what stands beside it', () => {
  for (const one of dependentCases) {
    test(one.title, () => {
      const parent = valueAt(one.object, one.path)
      assert.ok(isJsonObject(parent))
      const { type } = positionOf(one)
      assert.deepEqual(dependentDefault(type, one.field, parent, one.object), one.expected)
    })
  }
})

test('every rule has a case', () => {
  const used = new Set(
    dependentCases.flatMap((one) => {
      const { type } = positionOf(one)
      return [`${type}.${one.field}`, `${type}.*`]
    }),
  )
  const unused = dependentDefaults.map(({ type, field }) => `${type}.${field}`)
  assert.deepEqual(
    unused.filter((name) => !used.has(name)),
    [],
  )
})

test('no field has two rules', () => {
  const names = dependentDefaults.map(({ type, field }) => `${type}.${field}`)
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  )
})

test('where a rule decides, the catalogue is silent', () => {
  for (const one of dependentCases) {
    const position = positionOf(one)
    if (!isDependent(position.type, one.field)) continue
    assert.equal(position.field(one.field)?.default, undefined, one.title)
  }
})

function positionOf({ object, path }: DependentCase): Position {
  const [version = '', group = ''] = (stringAt(object, 'apiVersion') ?? '').split('/').toReversed()
  const root = builtInKind({ group, version, kind: stringAt(object, 'kind') ?? '' })
  const found = path.reduce<Position | undefined>(
    (position, step) =>
      typeof step === 'number' ? position?.items : position?.field(step)?.position,
    root,
  )
  assert.ok(found, path.join('.'))
  return found
}
