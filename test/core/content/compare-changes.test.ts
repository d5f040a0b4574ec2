import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { app, container, declared, differences, object, plain, stored } from './workloads.ts'

describe('a change of an object', () => {
  const drifted = stored({ containers: [container({ image: 'old' })], replicas: 9 })
  const cases: readonly [string, JsonObject, JsonObject, JsonObject, readonly string[]][] = [
    ['leaves old drift alone', drifted, { ...drifted }, declared, []],
    [
      'sets one declared value and leaves another drifted',
      drifted,
      stored({ containers: [container()], replicas: 9 }),
      declared,
      [],
    ],
    [
      'goes back to the default',
      drifted,
      stored({ containers: [container({ image: 'old' })], replicas: 1 }),
      declared,
      [],
    ],
    [
      'goes back to the default though another value is declared',
      drifted,
      stored({ containers: [container({ image: 'old' })], replicas: 1 }),
      object({ containers: [app], replicas: 3 }),
      ['changed spec.replicas'],
    ],
    [
      'removes what is declared',
      stored({ containers: [container({ args: ['a'] }), container({ name: 'proxy' })] }),
      stored({ containers: [container()] }),
      object({
        containers: [
          { ...app, args: ['a'] },
          { ...app, name: 'proxy' },
        ],
      }),
      ['removed spec.containers[name=app].args', 'removed spec.containers[name=proxy]'],
    ],
    [
      'removes what is not declared any more',
      stored({ containers: [container({ args: ['a'] }), container({ name: 'proxy' })] }),
      plain,
      declared,
      [],
    ],
    [
      'removes a finalizer and an owner about which Git is silent',
      stored({}, { finalizers: ['x'], ownerReferences: [{ uid: '1' }] }),
      stored({}),
      object({}),
      ['removed metadata.finalizers[*]', 'removed metadata.ownerReferences[*]'],
    ],
    [
      'removes a finalizer where Git says null, which is nothing',
      stored({}, { finalizers: ['x'] }),
      stored({}),
      object({}, { finalizers: null }),
      ['removed metadata.finalizers[*]'],
    ],
    [
      'removes a finalizer that is not in the declared list',
      stored({}, { finalizers: ['x', 'y'] }),
      stored({}, { finalizers: ['y'] }),
      object({}, { finalizers: ['y', 'z'] }),
      [],
    ],
    [
      'empties a selector',
      stored({ selector: { matchLabels: { a: 'b' } } }),
      stored({ selector: {} }),
      object({}),
      ['added spec.selector'],
    ],
    [
      'empties a selector that is declared otherwise',
      stored({ selector: { matchLabels: { a: 'b' } } }),
      stored({ selector: {} }),
      object({ selector: { matchLabels: { c: 'd' } } }),
      ['missing spec.selector.matchLabels'],
    ],
    [
      'removes a selector that is declared empty, whatever was in it',
      stored({ selector: { matchLabels: { a: 'b' } } }),
      stored({}),
      object({ selector: {} }),
      ['removed spec.selector'],
    ],
    [
      'removes a selector that is declared empty and was so',
      stored({ selector: {} }),
      stored({}),
      object({ selector: {} }),
      ['removed spec.selector'],
    ],
    [
      'takes away a part of the default',
      stored({ options: { mode: 'fast', level: 3 }, parts: [{ name: 'a' }, { name: 'b' }] }),
      stored({ options: { mode: 'fast' }, parts: [{ name: 'b' }] }),
      object({}),
      ['missing spec.options.level', 'missing spec.parts[name=a]'],
    ],
    [
      'leaves a default alone that had drifted',
      stored({ options: { mode: 'slow' } }),
      stored({ options: { mode: 'fast' } }),
      object({}),
      [],
    ],
    [
      'changes a list that is one value and leaves something foreign in it',
      stored({ containers: [container({ args: ['a', 'x'] })] }),
      stored({ containers: [container({ args: ['b', 'x'] })] }),
      object({ containers: [{ ...app, args: ['b'] }] }),
      ['added spec.containers[name=app].args[*]'],
    ],
    [
      'adds a container without a declared leaf',
      stored({ containers: [] }),
      plain,
      object({ containers: [{ ...app, args: ['a'] }] }),
      ['missing spec.containers[name=app].args'],
    ],
    [
      'removes one of several containers whose order had drifted',
      stored({ containers: [container({ name: 'b' }), container(), container({ name: 'c' })] }),
      stored({ containers: [container({ name: 'b' }), container()] }),
      object({ containers: [app, { ...app, name: 'b' }] }),
      [],
    ],
    [
      'changes the order of containers',
      stored({ containers: [container(), container({ name: 'b' })] }),
      stored({ containers: [container({ name: 'b' }), container()] }),
      object({ containers: [app, { ...app, name: 'b' }] }),
      ['reordered spec.containers'],
    ],
  ]
  for (const [title, old, next, said, expected] of cases) {
    it(title, () => assert.deepEqual(differences(next, { old, declared: said }), expected))
  }
})
