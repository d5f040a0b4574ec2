import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { kustomization as kind } from '../../../../src/core/engines/flux/kustomization.ts'
import type { JsonObject } from '../../../../src/core/manifest/json.ts'
import { configMap, found, gitRepository, kustomization, secret } from './objects.ts'

function variables(postBuild: JsonObject | null, ...objects: readonly JsonObject[]) {
  const answer = kind.plans(
    kustomization({ spec: { postBuild } }),
    found(gitRepository(), ...objects),
  )
  assert.ok(answer.kind === 'plans', JSON.stringify(answer))
  return answer.plans[0]?.plan.kustomize?.substitutions
}

function whyNot(postBuild: JsonObject, ...objects: readonly JsonObject[]): string {
  const spec = { postBuild }
  const answer = kind.plans(kustomization({ spec }), found(gitRepository(), ...objects))
  return answer.kind === 'plans' ? assert.fail('it has a plan') : `${answer.kind}: ${answer.why}`
}

const from = (...names: readonly string[]) =>
  names.map((name) => ({ kind: name.startsWith('s-') ? 'Secret' : 'ConfigMap', name }))

describe('the variables of postBuild', () => {
  test('are its own over those of later objects over those of earlier ones', () => {
    const read = variables(
      { substitute: { c: 'own' }, substituteFrom: from('one', 's-two', 'three') },
      configMap('one', { a: '1', b: '1', c: '1', d: '1' }),
      secret('s-two', { b: '2', c: '2', d: '2' }),
      configMap('three', { c: '3', d: '3' }),
    )
    assert.deepEqual(read, { a: '1', b: '2', c: 'own', d: '3' })
  })

  test('are on one line', () => {
    const read = variables(
      { substitute: { a: 'x\ny\n' }, substituteFrom: from('s-one') },
      secret('s-one', { b: 'pass\n' }),
    )
    assert.deepEqual(read, { a: 'xy', b: 'pass' })
  })

  test('may have the names of what every object has', () => {
    const read = variables(
      { substituteFrom: from('one') },
      configMap('one', JSON.parse('{"__proto__": "x"}') as JsonObject),
    )
    assert.deepEqual(Object.entries(read ?? {}), [['__proto__', 'x']])
  })

  test('of an object that may be missing are left out', () => {
    const substituteFrom = [{ kind: 'Secret', name: 'none', optional: true }]
    assert.equal(variables({ substituteFrom }), undefined)
    assert.deepEqual(variables({ substituteFrom, substitute: { a: '1' } }), { a: '1' })
    assert.deepEqual(variables({ substituteFrom }, secret('none', { a: '2' })), { a: '2' })
  })

  test('are none without postBuild, and without any variable unless all is substituted', () => {
    assert.equal(variables(null), undefined)
    assert.equal(variables({}), undefined)
    assert.equal(variables({ substitute: {}, substituteStrategy: 'WithVariables' }), undefined)
    assert.deepEqual(variables({ substituteStrategy: 'Always' }), {})
  })

  test('are not taken from an object of the same name in another namespace', () => {
    const answer = whyNot({ substituteFrom: from('one') }, configMap('one', { a: '1' }, 'tenant'))
    assert.match(answer, /^none: ConfigMap flux-system\/one does not exist/)
  })

  test('are not taken from an object of another kind', () => {
    assert.match(whyNot({ substituteFrom: from('s-one') }, configMap('s-one', {})), /^none: Secret/)
  })

  const bytes = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'flux-system' },
  }
  const refused: readonly (readonly [string, JsonObject, JsonObject | undefined, RegExp])[] = [
    ['a number', { substitute: { a: 1 } }, undefined, /postBuild\.substitute/],
    ['a list', { substitute: ['a'] }, undefined, /postBuild\.substitute/],
    ['references that are no list', { substituteFrom: { name: 'a' } }, undefined, /no list/],
    ['another kind', { substituteFrom: [{ kind: 'Pod', name: 'a' }] }, undefined, /neither/],
    ['no name', { substituteFrom: [{ kind: 'Secret' }] }, undefined, /neither/],
    [
      'a name that is a path',
      { substituteFrom: [{ kind: 'Secret', name: 'a/../b' }] },
      undefined,
      /neither/,
    ],
    [
      'a namespace of its own',
      { substituteFrom: [{ kind: 'Secret', name: 'a', namespace: 'b' }] },
      undefined,
      /does not have: namespace/,
    ],
    [
      'optional as text',
      { substituteFrom: [{ kind: 'Secret', name: 'a', optional: 'true' }] },
      undefined,
      /neither/,
    ],
    ['a field of a later Flux', { substituteFiles: [] }, undefined, /does not have/],
    [
      'a Secret that is not base64',
      { substituteFrom: [{ kind: 'Secret', name: 's' }] },
      { ...bytes, data: { a: 'not base64!' } },
      /Secret s holds what is no text/,
    ],
    [
      'a Secret that is not quite base64',
      { substituteFrom: [{ kind: 'Secret', name: 's' }] },
      { ...bytes, data: { a: 'YQ' } },
      /Secret s holds what is no text/,
    ],
    [
      'a Secret that is not UTF-8',
      { substituteFrom: [{ kind: 'Secret', name: 's' }] },
      { ...bytes, data: { a: '/w==' } },
      /Secret s holds what is no text/,
    ],
    [
      'a ConfigMap of numbers',
      { substituteFrom: [{ kind: 'ConfigMap', name: 'one' }] },
      configMap('one', { a: 1 }),
      /ConfigMap one holds what is no text/,
    ],
  ]
  for (const [title, postBuild, object, why] of refused) {
    test(`are refused with ${title}`, () => {
      const answer = whyNot(postBuild, ...(object === undefined ? [] : [object]))
      assert.match(answer, /^refused: /)
      assert.match(answer, why)
    })
  }

  test('never stand in what is said about them', () => {
    const answer = whyNot(
      { substituteFrom: from('s-one', 'missing') },
      secret('s-one', { password: 'hunter2' }),
    )
    assert.doesNotMatch(answer, /hunter2|aHVudGVyMg/)
  })
})
