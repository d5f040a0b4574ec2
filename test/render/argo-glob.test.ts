import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compileArgoGlob } from '../../src/render/argo-glob.ts'

describe('a pattern of an Application’s directory', () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['*.yaml', ['a.yaml', 'deep/er/a.yaml', '.yaml'], ['a.yml', 'a.yamlx']],
    ['**/a.yaml', ['x/a.yaml', 'x/y/a.yaml'], ['a.yaml']],
    ['a?c', ['abc', 'a/c'], ['ac', 'abbc']],
    ['{*.yml,*.yaml}', ['a.yml', 'x/a.yaml'], ['a.json']],
    ['{config.json,env-usw2/*}', ['config.json', 'env-usw2/x/y.yaml'], ['x/config.json']],
    ['env-{a,b}/*', ['env-a/x', 'env-b/x/y'], ['env-c/x', 'env-a']],
    ['[ab]1', ['a1', 'b1'], ['c1', 'ab1']],
    ['[a-c]1', ['a1', 'c1'], ['d1', '-1']],
    ['[!a-c]1', ['d1', '/1'], ['a1']],
    ['\\*.yaml', ['*.yaml'], ['a.yaml']],
    ['a,b', ['a,b'], ['a', 'b']],
    ['', [''], ['a']],
  ]
  for (const [pattern, matching, others] of cases) {
    test(`${JSON.stringify(pattern)} matches ${matching.join(', ')} and not ${others.join(', ')}`, () => {
      const matches = compileArgoGlob(pattern)
      assert.deepEqual(
        [...matching, ...others].filter((text) => matches?.(text) === true),
        matching,
      )
    })
  }

  const refused = [
    '[a',
    '{a',
    'a}',
    'a]',
    '[]',
    '[!]',
    '[b-a]',
    '[a-cx]',
    'a\\',
    '{a,{b,c}}',
    'x{*,a}',
  ]
  for (const pattern of [...refused, `${'a'.repeat(1001)}`]) {
    test(`${pattern.slice(0, 20)} is not guessed at`, () => {
      assert.equal(compileArgoGlob(pattern), undefined)
    })
  }

  test('a pattern that would take a backtracking matcher for ever takes no time', () => {
    const matches = compileArgoGlob(`${'*a'.repeat(400)}b`)
    assert.equal(matches?.('a'.repeat(2000)), false)
  })
})
