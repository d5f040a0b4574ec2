import assert from 'node:assert/strict'
import path from 'node:path'
import { test, type TestContext } from 'node:test'
import { Estate } from '../../../src/cli/estate/estate.ts'
import type { Policy } from '../../../src/core/policy/schema.ts'
import { createLogTo } from '../../../src/telemetry/log.ts'
import { goodPolicy } from '../../core/policy/policies.ts'
import { makeRemote, makeTemporary } from '../../git/remote.ts'
import { policyWith, repository } from '../serve/policies.ts'

const withBranches = (...branches: readonly string[]): Policy =>
  goodPolicy(policyWith({ repositories: [repository('fleet', { branches })] }))

async function estateOf(t: TestContext) {
  // Hooks run in the order of their making: it has to stop before its directory goes.
  const estates: Estate[] = []
  const lines: string[] = []
  t.after(() => Promise.all(estates.map((estate) => estate.stop())))
  const remote = await makeRemote(t)
  const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: pay}\n'
  const side = await remote.commit('main', { 'apps/web.yaml': manifest })
  await remote.git(['update-ref', 'refs/heads/side', side])
  const estate = new Estate({
    mirrorDir: path.join(await makeTemporary(t), 'mirrors'),
    overrides: new Map([['fleet', remote.directory]]),
    searchPath: process.env['PATH'] ?? '',
    now: Date.now,
    log: createLogTo({ write: (line) => lines.push(line) }, { level: 'info', now: Date.now }),
  })
  estates.push(estate)
  return Object.assign(estate, { remote, lines })
}

test('a mirror whose settings a new policy changes is let go of at once, before it is reopened', async (t) => {
  const estate = await estateOf(t)
  const before = withBranches('main', 'side')
  estate.adopt(before)
  await estate.follow(before)
  const mirror = estate.repositories.get('fleet') ?? assert.fail()
  const after = withBranches('main')
  estate.adopt(after)
  assert.equal(estate.repositories.get('fleet'), undefined)
  await estate.follow(after)
  const reopened = estate.repositories.get('fleet') ?? assert.fail()
  assert.notEqual(reopened, mirror)
})

test('how often it is fetched has no bearing on what is proved', async (t) => {
  const estate = await estateOf(t)
  const policy = withBranches('main')
  estate.adopt(policy)
  await estate.follow(policy)
  const repositories = [repository('fleet', { poll: '2h' })]
  estate.adopt(goodPolicy(policyWith({ repositories })))
  assert.notEqual(estate.repositories.get('fleet'), undefined)
})

test('a mirror whose settings stay is kept', async (t) => {
  const estate = await estateOf(t)
  const policy = withBranches('main')
  estate.adopt(policy)
  await estate.follow(policy)
  const mirror = estate.repositories.get('fleet') ?? assert.fail()
  const same = withBranches('main')
  estate.adopt(same)
  assert.equal(estate.repositories.get('fleet'), mirror)
  await estate.follow(same)
  assert.equal(estate.repositories.get('fleet'), mirror)
})

test('what a later policy has overtaken is not followed', async (t) => {
  const estate = await estateOf(t)
  const [first, second] = [withBranches('main', 'side'), withBranches('main')]
  estate.adopt(first)
  estate.adopt(second)
  await estate.follow(first)
  assert.equal(estate.repositories.get('fleet'), undefined)
  await estate.follow(second)
  assert.notEqual(estate.repositories.get('fleet'), undefined)
})

test('plans of engines stay in force while a new policy opens other mirrors', async (t) => {
  const estate = await estateOf(t)
  const plan = { path: 'apps', renderer: 'plain', namespace: 'pay', branch: 'main' } as const
  const engine = { group: 'argoproj.io', kind: 'Application', namespace: 'argocd', name: 'web' }
  const withPlan = (...branches: readonly string[]) =>
    goodPolicy(
      policyWith({
        repositories: [
          repository('fleet', { branches, sources: [{ path: 'prod', renderer: 'plain' }] }),
        ],
      }),
    )
  const before = withPlan('main', 'side')
  estate.adopt(before)
  await estate.follow(before)
  await estate.setPlans(new Map([['fleet', [{ ...plan, engine }]]]))
  const id = { group: '', kind: 'ConfigMap', namespace: 'pay', name: 'web' }
  const ask = async () => {
    const mirror = estate.repositories.get('fleet') ?? assert.fail()
    await mirror.refresh(AbortSignal.timeout(10_000))
    const [tip = assert.fail()] = mirror.tips()
    const query = { repository: 'fleet', commit: tip.commit, branches: ['main'], id }
    return (await estate.declarations.find(query, AbortSignal.timeout(10_000))).kind
  }
  assert.equal(await ask(), 'declared')
  const after = withPlan('main')
  estate.adopt(after)
  await estate.follow(after)
  assert.equal(await ask(), 'declared')
  await estate.setPlans(new Map())
  assert.equal(await ask(), 'absent')
})

test('a tag that moves is told, and has the plans of engines followed anew', async (t) => {
  const estate = await estateOf(t)
  const { remote, lines } = estate
  const first = await remote.git(['rev-parse', 'main'])
  const head = await remote.commit('main', {})
  await remote.git(['tag', 'v1', first])
  let moves = 0
  estate.onMove = () => {
    moves += 1
  }
  const policy = withBranches('main')
  estate.adopt(policy)
  await estate.follow(policy)
  const mirror = estate.repositories.get('fleet') ?? assert.fail()
  const visit = () => mirror.refresh(AbortSignal.timeout(10_000))
  await visit()
  const before = moves
  await visit()
  assert.equal(moves, before)
  await remote.git(['tag', '-f', 'v1', head])
  await visit()
  assert.equal(moves, before + 1)
  const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  const moved = told.filter(({ event, msg }) => event === 'tag_moved' || msg === 'tag_moved')
  assert.deepEqual(
    moved.map(({ repository: name, tag, from, to }) => [name, tag, from, to]),
    [['fleet', 'v1', first, head]],
  )
})
