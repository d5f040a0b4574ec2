import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseReflog, remember, type TipHistory } from '../../src/git/tip-history.ts'
import { start, watch } from './mirrors.ts'
import { makeRemote, makeTemporary } from './remote.ts'

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(40)) as [
  string,
  string,
  string,
  string,
]
const none = '0'.repeat(40)
const who = 'solewriter <solewriter@localhost>'

void test('a reflog is read line by line, and a line that was cut off says nothing', () => {
  const text = `${none} ${a} ${who} 100 +0000\tmirror: storing head\n${a} ${b} ${who} 200 +0000\n${b} ${c} ${who} 30`
  assert.deepEqual(parseReflog(text), [
    { from: none, to: a, at: 100_000 },
    { from: a, to: b, at: 200_000 },
  ])
})

const histories: readonly [string, () => TipHistory, TipHistory][] = [
  ['a creation remembers nothing', () => remember([], { from: none, to: a, at: 1 }, [a]), []],
  [
    'the old head and what was passed on the way count until the fetch, newest first',
    () => remember([], { from: a, to: d, at: 5 }, [d, c, b]),
    [c, b, a].map((commit) => ({ commit, until: 5 })),
  ],
  [
    'a commit that was head twice counts until the last time',
    () => remember([{ commit: a, until: 1 }], { from: a, to: b, at: 5 }, [b]),
    [{ commit: a, until: 5 }],
  ],
]

for (const [title, make, expected] of histories) {
  void test(title, () => assert.deepEqual(make(), expected))
}

void test('after a fresh clone only the head was ever seen', async (t) => {
  const remote = await makeRemote(t)
  const commits = await remote.grow('main', 5)
  const { mirror } = await watch(t, remote)
  assert.equal(mirror.tipUntil('main', commits.at(-1) ?? ''), Infinity)
  assert.equal(mirror.tipUntil('main', commits.at(-2) ?? ''), undefined)
  assert.deepEqual(mirror.previousTips('main'), [])
})

void test('commits that arrive together count as heads until their fetch, also after a restart', async (t) => {
  const remote = await makeRemote(t)
  const mirrorDir = await makeTemporary(t)
  const [first = ''] = await remote.grow('main', 1)
  const { mirror, clock, visit } = await watch(t, remote, { mirrorDir })
  clock.now += 10_500
  const until = Math.floor(clock.now / 1000) * 1000
  const [second, third, fourth = ''] = await remote.grow('main', 3)
  await visit()
  const expected = [third, second, first].map((commit) => ({ commit, until }))
  assert.deepEqual(mirror.previousTips('main'), expected)
  assert.equal(mirror.tipUntil('main', fourth), Infinity)
  await mirror.stop()
  const again = await start(t, remote, { mirrorDir, clock })
  assert.deepEqual(again.mirror.previousTips('main'), expected)
  assert.equal(again.mirror.tipUntil('main', second ?? ''), until)
})

void test('commits of a merged branch never were heads', async (t) => {
  const remote = await makeRemote(t)
  const base = await remote.commit('main', { a: '1' })
  const { mirror, visit } = await watch(t, remote)
  const side = await remote.dangling({ a: '1', b: '1' }, [base])
  const merge = await remote.dangling({ a: '1', b: '1' }, [base, side])
  await remote.git(['update-ref', 'refs/heads/main', merge])
  await visit()
  assert.equal((await mirror.commit(side)).kind, 'reachable')
  assert.equal(mirror.tipUntil('main', side), undefined)
  assert.notEqual(mirror.tipUntil('main', base), undefined)
})

void test('of 500 new commits all are reachable and the newest are remembered as heads', async (t) => {
  const remote = await makeRemote(t)
  await remote.commit('main', { a: '1' })
  const { mirror, visit } = await watch(t, remote)
  const commits = await remote.grow('main', 500)
  assert.equal(await visit(), undefined)
  for (const commit of commits) assert.equal((await mirror.commit(commit)).kind, 'reachable')
  const previous = mirror.previousTips('main')
  assert.deepEqual(
    previous.map(({ commit }) => commit),
    commits.toReversed().slice(1, 51),
  )
  for (const { commit, until } of previous) assert.equal(mirror.tipUntil('main', commit), until)
})

void test('a head that was left and came back is the head, and no previous one', async (t) => {
  const remote = await makeRemote(t)
  const first = await remote.commit('main', { a: '1' })
  const { mirror, visit } = await watch(t, remote)
  const second = await remote.commit('main', { a: '2' })
  await visit()
  await remote.git(['update-ref', 'refs/heads/main', first])
  await visit()
  assert.equal(mirror.tipUntil('main', first), Infinity)
  assert.deepEqual(
    mirror.previousTips('main').map(({ commit }) => commit),
    [second],
  )
})
