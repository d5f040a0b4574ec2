import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { explain, type Rules } from '../../../src/core/content/explanations.ts'
import { parseFieldPattern } from '../../../src/core/manifest/field-path.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { scalar, workload } from './schemas.ts'
import { app, container, declared, differences, object, plain, stored } from './workloads.ts'

describe('a new object', () => {
  const cases: readonly [string, JsonObject, JsonObject, readonly string[]][] = [
    ['is what is declared, with defaults and a status', plain, declared, []],
    [
      'has another value',
      stored({ containers: [container({ image: 'evil' })] }),
      declared,
      ['changed spec.containers[name=app].image'],
    ],
    [
      'has a container more, named once',
      stored({ containers: [container(), container({ name: 'evil' })] }),
      declared,
      ['added spec.containers[name=evil]'],
    ],
    [
      'lacks a declared container',
      stored({ containers: [container()] }),
      object({ containers: [app, { name: 'proxy', image: 'p' }] }),
      ['missing spec.containers[name=proxy]'],
    ],
    [
      'lacks a declared leaf',
      plain,
      object({ containers: [{ ...app, securityContext: { privileged: false } }] }),
      ['missing spec.containers[name=app].securityContext'],
    ],
    [
      'has the default in place of a declared value',
      plain,
      object({ containers: [app], replicas: 3 }),
      ['changed spec.replicas'],
    ],
    [
      'lacks what the schema drops: empty, null and unknown',
      plain,
      object({ containers: [app], paused: false, selector: null, colour: 'red' }),
      [],
    ],
    [
      'has what the API server puts in place of an empty value',
      stored({ containers: [container({ ports: [{ containerPort: 1, protocol: 'TCP' }] })] }),
      object({ containers: [{ ...app, ports: [{ containerPort: 1, protocol: '' }] }] }),
      [],
    ],
    [
      'has set what is declared as false',
      stored({ containers: [container()], paused: true }),
      object({ containers: [app], paused: false }),
      ['added spec.paused'],
    ],
    [
      'has an empty selector, which selects everything',
      stored({ containers: [container()], selector: {} }),
      declared,
      ['added spec.selector'],
    ],
    [
      'has an empty map in place of a declared one',
      stored({ containers: [container()], selector: {} }),
      object({ containers: [app], selector: { matchLabels: { a: 'b' } } }),
      ['missing spec.selector.matchLabels'],
    ],
    [
      'has a selector with nothing but null in it, which selects everything too',
      stored({ containers: [container()], selector: { matchLabels: null } }),
      declared,
      ['added spec.selector'],
    ],
    [
      'lacks a selector that is declared with nothing in it that stays',
      plain,
      object({ containers: [app], selector: { matchLabels: {} } }),
      ['missing spec.selector'],
    ],
    [
      'has null where null is a value',
      stored({ containers: [container()], note: null }),
      object({ containers: [app], note: null }),
      [],
    ],
    [
      'lacks a null that is a value, since kubectl apply leaves it out',
      plain,
      object({ containers: [app], note: null }),
      [],
    ],
    [
      'has null where nothing is declared, and something where null is',
      stored({ containers: [container()], note: null, colour: 'red' }),
      object({ containers: [app], colour: null }),
      ['added spec.note', 'changed spec.colour'],
    ],
    [
      'has null for a list that is declared empty',
      stored({ containers: [container()], rules: null }),
      object({ containers: [app], rules: [] }),
      [],
    ],
    [
      'has an empty list that is the default, and one that is not',
      stored({ containers: [container()], hosts: [], rules: [] }),
      declared,
      ['added spec.rules'],
    ],
    [
      'has another value than the default, and Git none',
      stored({ containers: [container()], replicas: 2 }),
      declared,
      ['added spec.replicas'],
    ],
    [
      'has a part of the default, which is another value',
      stored({ containers: [container()], options: { mode: 'fast' }, parts: [{ name: 'b' }] }),
      declared,
      ['missing spec.options.level', 'missing spec.parts[name=a]'],
    ],
    [
      'has a default in a part that is declared otherwise',
      object({ containers: [container()], replicas: 1, strategy: { type: 'Recreate' } }),
      object({ containers: [app], strategy: { type: 'Recreate' } }),
      [],
    ],
    [
      'has labels, annotations, finalizers and owners of its own',
      stored(
        { containers: [container()] },
        {
          labels: { a: 'b' },
          annotations: { a: 'b' },
          finalizers: ['x'],
          ownerReferences: [{ uid: '1', kind: 'K' }],
        },
      ),
      declared,
      [
        'added metadata.labels',
        'added metadata.annotations',
        'added metadata.finalizers[*]',
        'added metadata.ownerReferences[*]',
      ],
    ],
    [
      'has arguments in another order',
      stored({ containers: [container({ args: ['b', 'a'] })] }),
      object({ containers: [{ ...app, args: ['a', 'b'] }] }),
      ['changed spec.containers[name=app].args[*]', 'changed spec.containers[name=app].args[*]'],
    ],
    [
      'has an argument less, and one more',
      stored({
        containers: [container({ args: ['a'] }), container({ name: 'b', args: ['a', 'b'] })],
      }),
      object({
        containers: [
          { ...app, args: ['a', 'b'] },
          { ...app, name: 'b', args: ['a'] },
        ],
      }),
      ['missing spec.containers[name=app].args[*]', 'added spec.containers[name=b].args[*]'],
    ],
    [
      'has variables in another order',
      stored({ containers: [container({ env: [{ name: 'b' }, { name: 'a' }] })] }),
      object({ containers: [{ ...app, env: [{ name: 'a' }, { name: 'b' }] }] }),
      ['reordered spec.containers[name=app].env'],
    ],
    [
      'has ports in another order',
      stored({
        containers: [
          container({
            ports: [
              { containerPort: 2, protocol: 'TCP' },
              { containerPort: 1, protocol: 'TCP' },
            ],
          }),
        ],
      }),
      object({ containers: [{ ...app, ports: [{ containerPort: 1 }, { containerPort: 2 }] }] }),
      [],
    ],
    [
      'has two variables of one name',
      stored({
        containers: [
          container({
            env: [
              { name: 'a', value: '1' },
              { name: 'a', value: '2' },
            ],
          }),
        ],
      }),
      object({ containers: [{ ...app, env: [{ name: 'a', value: '1' }] }] }),
      ['added spec.containers[name=app].env[name=a]'],
    ],
    [
      'has quantities and durations in another spelling',
      stored({ containers: [container({ resources: { limits: { cpu: '1' } } })], timeout: '1m0s' }),
      object({ containers: [{ ...app, resources: { limits: { cpu: '1000m' } } }], timeout: '60s' }),
      [],
    ],
    [
      'has a number in place of a text',
      stored({ containers: [container({ image: 1 })] }),
      object({ containers: [{ ...app, image: '1' }] }),
      ['changed spec.containers[name=app].image'],
    ],
    [
      'has a map where a text is declared, and the other way round',
      stored({ containers: [container({ image: { a: 1 } })], selector: 'x' }),
      object({ containers: [app], selector: { matchLabels: { a: 'b' } } }),
      ['changed spec.containers[name=app].image', 'changed spec.selector'],
    ],
  ]
  for (const [title, next, said, expected] of cases) {
    it(title, () => assert.deepEqual(differences(next, { declared: said }), expected))
  }
})

describe('what else explains a leaf', () => {
  const next = stored({ containers: [container()], clusterIP: '10.0.0.1' }, { labels: { a: 'b' } })

  it('is the server, the writer, the policy: for what Git does not declare', () => {
    const rules = {
      assigned: () => 'allocated',
      tolerations: [parseFieldPattern('metadata.labels')],
    }
    const empty = object({ containers: [app], clusterIP: '' })
    assert.deepEqual(differences(next, { declared: empty, rules }), [])
    const said = object({ containers: [app], clusterIP: '10.0.0.2' }, { labels: { a: 'c' } })
    assert.deepEqual(differences(next, { declared: said, rules }), [
      'changed metadata.labels.a',
      'changed spec.clusterIP',
    ])
  })
})

describe('a default', () => {
  it('explains nothing where Git declares a value', () => {
    const rules = {
      position: workload,
      declared,
      isIgnored: () => false,
      dependentDefault: () => undefined,
      dependentFields: () => [],
      assigned: () => undefined,
      bookkeeping: () => undefined,
      tolerations: [],
    }
    const leaf = { path: [], position: scalar(), old: undefined, next: 1, fallback: 1 }
    assert.equal(explain({ ...leaf, declared: undefined }, rules), 'the API server fills it in')
    assert.equal(explain({ ...leaf, declared: 2 }, rules), undefined)
  })
})

describe('a default that depends on other fields', () => {
  const rules: Partial<Rules> = {
    dependentFields: (type) => (type === 'WorkloadSpec' ? ['note'] : []),
    dependentDefault: (type, field, parent) =>
      type === 'WorkloadSpec' && field === 'note' && parent['replicas'] === undefined
        ? 'none'
        : undefined,
  }

  it('may be there, and must not have gone away', () => {
    const filled = stored({ containers: [container()], note: 'none' })
    assert.deepEqual(differences(filled, { rules }), [])
    assert.deepEqual(differences(plain, { rules }), ['missing spec.note'])
    const said = object({ containers: [app], replicas: 1 })
    assert.deepEqual(differences(plain, { declared: said, rules }), [])
    assert.deepEqual(differences(filled, { declared: said, rules }), ['added spec.note'])
  })
})
