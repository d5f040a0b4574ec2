import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { stringAt } from '../../src/core/manifest/json.ts'
import { storeKey, WatchStore, type StoreChange } from '../../src/kubernetes/watch-store.ts'
import { runHistory, type Step } from './cluster-history.ts'
import { watchedObject } from './watched-object.ts'

const key = storeKey('shop', 'a')

function seen(store: WatchStore): string | undefined {
  return stringAt(store.get(key), 'metadata', 'resourceVersion')
}

function described(changes: readonly StoreChange[]): readonly string[] {
  return changes.map(({ before, after }) =>
    [before, after].map((one) => stringAt(one, 'metadata', 'resourceVersion') ?? '-').join('>'),
  )
}

test('a list, events and their changes', () => {
  const store = new WatchStore()
  const listed = store.replace([watchedObject('a', 3), watchedObject('b', 5)], 7n)
  assert.deepEqual(described(listed), ['->3', '->5'])
  assert.deepEqual(described(store.put(watchedObject('a', 8))), ['3>8'])
  assert.deepEqual(described(store.remove(storeKey('shop', 'b'), 9n)), ['5>-'])
  assert.equal(store.position, 9n)
  assert.deepEqual(store.list(), [watchedObject('a', 8)])
  assert.deepEqual(described(store.replace([watchedObject('c', 10)], 12n)), ['->10', '8>-'])
})

test('numbers are compared as numbers, however long', () => {
  const store = new WatchStore()
  store.replace([watchedObject('a', 9)], 9n)
  store.put(watchedObject('a', 10))
  assert.equal(seen(store), '10')
  const metadata = { namespace: 'shop', name: 'a', resourceVersion: '18446744073709551615' }
  store.put({ metadata })
  store.put({ metadata: { ...metadata, resourceVersion: '18446744073709551614' } })
  assert.equal(seen(store), '18446744073709551615')
})

test('what is no number, or has no name, is refused', () => {
  const store = new WatchStore()
  for (const resourceVersion of ['', 'x1', '1.5', '-1', '0x10', '01']) {
    const object = { metadata: { namespace: 'shop', name: 'a', resourceVersion } }
    assert.throws(() => store.put(object), { code: 'ClusterUnreachable' })
  }
  const nameless = { metadata: { resourceVersion: '1' } }
  assert.throws(() => store.replace([nameless], 1n), { code: 'ClusterUnreachable' })
  assert.equal(store.size, 0)
})

test('an event from before a read does not undo it', () => {
  const store = new WatchStore()
  store.replace([watchedObject('a', 3)], 5n)
  store.put(watchedObject('a', 9))
  assert.deepEqual(store.put(watchedObject('a', 7)), [])
  store.advance(7n)
  assert.equal(seen(store), '9')
  assert.deepEqual(store.remove(key, 8n), [])
  assert.equal(seen(store), '9')
})

test('a deletion that the watch saw outlives a read from before it', () => {
  const store = new WatchStore()
  store.replace([watchedObject('a', 3)], 5n)
  store.remove(key, 8n)
  assert.deepEqual(store.put(watchedObject('a', 7)), [])
  assert.equal(seen(store), undefined)
})

test('what a read did not find is not brought back by a watch that is behind', () => {
  const store = new WatchStore()
  store.replace([watchedObject('a', 3)], 5n)
  assert.deepEqual(described(store.putAbsent(key, 20n)), ['3>-'])
  assert.deepEqual(store.put(watchedObject('a', 12)), [])
  store.advance(12n)
  assert.deepEqual(store.replace([watchedObject('a', 12)], 15n), [])
  assert.equal(seen(store), undefined)
  assert.deepEqual(described(store.put(watchedObject('a', 21))), ['->21'])
})

test('a read that found nothing says nothing about what was made after it', () => {
  const store = new WatchStore()
  store.replace([], 5n)
  store.put(watchedObject('a', 9))
  assert.deepEqual(store.putAbsent(key, 7n), [])
  assert.equal(seen(store), '9')
})

test('a list heals what an event left out', () => {
  const store = new WatchStore()
  store.replace([], 20n)
  assert.deepEqual(described(store.replace([watchedObject('a', 11)], 20n)), ['->11'])
})

test('a list that is older than what is known means another past: it alone counts', () => {
  const store = new WatchStore()
  store.replace([watchedObject('a', 90), watchedObject('b', 95)], 100n)
  store.putAbsent(storeKey('shop', 'c'), 110n)
  store.replace([watchedObject('a', 12), watchedObject('c', 13)], 20n)
  assert.equal(seen(store), '12')
  assert.equal(store.get(storeKey('shop', 'b')), undefined)
  assert.notEqual(store.get(storeKey('shop', 'c')), undefined)
  store.put(watchedObject('a', 21))
  assert.equal(seen(store), '21')
})

test('a kind that is gone leaves nothing behind', () => {
  const store = new WatchStore()
  store.replace([watchedObject('a', 90)], 100n)
  assert.deepEqual(described(store.clear()), ['90>-'])
  assert.deepEqual(store.list(), [])
  store.replace([watchedObject('a', 5)], 6n)
  assert.equal(seen(store), '5')
})

test('names that nobody has do not fill the memory', () => {
  const store = new WatchStore()
  store.replace([], 1n)
  for (let index = 0; index < 2_000; index += 1) store.putAbsent(`shop/x${index}`, 2n)
  const remembered = Array.from({ length: 2_000 }, (_, index) => store.versionOf(`shop/x${index}`))
  assert.equal(remembered.filter((version) => version === 2n).length, 1_000)
  store.advance(2n)
  assert.equal(store.versionOf('shop/x1999'), 0n)
})

const names = fc.constantFrom('a', 'b')
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('write' as const), name: names }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), name: names }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('deliver' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('bookmark' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('list' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('finish-list' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('begin-read' as const), name: names }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('end-read' as const), which: fc.nat(3) }),
  },
)

test('in whatever order things arrive, no object goes back', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      runHistory(steps, new WatchStore())
    }),
    { numRuns: 3_000 },
  )
})

test('a watch that has caught up shows what there is', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
      const store = new WatchStore()
      const history = runHistory(steps, store)
      history.catchUp()
      for (const name of ['a', 'b']) {
        const shown = stringAt(store.get(storeKey('shop', name)), 'metadata', 'resourceVersion')
        assert.equal(shown, history.current(name)?.toString())
      }
    }),
    { numRuns: 1_000 },
  )
})
