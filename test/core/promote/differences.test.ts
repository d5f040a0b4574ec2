import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Json, JsonObject } from '../../../src/core/manifest/json.ts'
import { differencesOf, secretLooking } from '../../../src/core/promote/differences.ts'

const pod = (env: readonly Json[], more: JsonObject = {}): JsonObject => ({
  spec: { containers: [{ name: 'api', env, ...more }] },
})

test('differences are told field by field', () => {
  const found = differencesOf(pod([], { image: 'a:1' }), pod([], { image: 'a:2', tty: true }))
  assert.deepEqual(found, [
    { path: 'spec.containers[name=api].image', from: '"a:1"', to: '"a:2"' },
    { path: 'spec.containers[name=api].tty', to: 'true' },
  ])
})

describe('a value looks like a secret', () => {
  const cases: readonly (readonly [string, JsonObject, boolean])[] = [
    ['by the name of its variable', pod([{ name: 'DB_PASSWORD', value: 'hunter2' }]), true],
    [
      'by its own form',
      pod([], { args: ['--x', 'ghp_0123456789abcdefABCDEF0123456789abcd'] }),
      true,
    ],
    ['by its key', { data: { password: 'x' } }, true],
    ['but not as a setting', pod([{ name: 'LEVEL', value: 'debug' }]), false],
    ['but not as an argument', pod([], { args: ['--port', '80'], command: ['run'] }), false],
    [
      'but not where it only names one',
      pod([{ name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'p' } } }]),
      false,
    ],
    ['but not as an image', pod([], { image: 'a:2' }), false],
  ]
  for (const [title, next, isSecret] of cases) {
    test(title, () => {
      const found = secretLooking({}, next, { group: '', kind: 'ConfigMap' })
      assert.equal(found.length > 0, isSecret, found.join())
    })
  }

  test('only where it is new', () => {
    const one = pod([{ name: 'DB_PASSWORD', value: 'hunter2' }])
    assert.deepEqual(secretLooking(one, one, { group: 'apps', kind: 'Deployment' }), [])
  })
})
