import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { EngineReference, Plan } from '../../src/core/plans/plan.ts'
import type { DeclarationQuery } from '../../src/core/provenance/declarations.ts'
import { configMap, idOf, plain, setUp, type Setup } from './index-setup.ts'

const apps: EngineReference = {
  group: 'kustomize.toolkit.fluxcd.io',
  kind: 'Kustomization',
  namespace: 'flux-system',
  name: 'apps',
}
const infra = { ...apps, name: 'infra' }

function engine(path: string, more: Partial<Plan> = {}): Plan {
  return { ...plain, path, engine: apps, ...more }
}

type More = Partial<Pick<DeclarationQuery, 'plan' | 'branches'>>

function ask({ index }: Setup, commit: string, more: More = {}) {
  const query = { repository: 'fleet', commit, branches: ['main'], id: idOf('a'), ...more }
  return index.find(query, new AbortController().signal)
}

async function plansOf(setup: Setup, commit: string, more: More = {}): Promise<readonly Plan[]> {
  const found = await ask(setup, commit, more)
  return found.kind === 'declared' ? found.object.plans : []
}

describe('engine plans beside the sources of the policy', () => {
  test('count from when they are set until others are set', async (t) => {
    const setup = await setUp(t)
    const commit = await setup.git.commit({ 'apps/a.yaml': configMap('a') })
    assert.equal((await ask(setup, commit)).kind, 'absent')
    const plan = engine('apps')
    setup.index.setPlans('fleet', [plan])
    assert.deepEqual(await plansOf(setup, commit), [plan])
    setup.index.setPlans('fleet', [engine('other')])
    assert.equal((await ask(setup, commit)).kind, 'absent')
    setup.index.setPlans('elsewhere', [plan])
    assert.equal((await ask(setup, commit)).kind, 'absent')
  })

  test('do not count for branches that are not asked', async (t) => {
    const setup = await setUp(t)
    const commit = await setup.git.commit({ 'apps/a.yaml': configMap('a') })
    const plan = engine('apps', { branch: 'release' })
    setup.index.setPlans('fleet', [plan])
    assert.equal((await ask(setup, commit)).kind, 'absent')
    assert.equal((await ask(setup, commit, { plan })).kind, 'absent')
    assert.deepEqual(await plansOf(setup, commit, { branches: ['release'] }), [plan])
  })

  test('that make the same object as a source declare it with it, whatever file it is from', async (t) => {
    const setup = await setUp(t)
    const plan = engine('apps', { namespace: 'pay' })
    setup.index.setPlans('fleet', [plan])
    const files = { 'prod/a.yaml': configMap('a', 'pay'), 'apps/b.yaml': configMap('a') }
    const found = await setup.index.find(
      {
        repository: 'fleet',
        commit: await setup.git.commit(files),
        branches: ['main'],
        id: idOf('a', 'pay'),
      },
      new AbortController().signal,
    )
    assert.ok(found.kind === 'declared')
    const { source, file, plans } = found.object
    assert.deepEqual(
      { source, file, plans },
      { source: 'prod', file: 'prod/a.yaml', plans: [plain, plan] },
    )
  })

  test('that differ in one object leave it undeclared, and both are named', async (t) => {
    const setup = await setUp(t)
    const commit = await setup.git.commit({
      'apps/a.yaml': configMap('a'),
      'infra/a.yaml': configMap('a', 'default', 'w'),
      'prod/a.yaml': configMap('a'),
    })
    setup.index.setPlans('fleet', [engine('apps'), engine('infra', { engine: infra })])
    assert.deepEqual(await ask(setup, commit), {
      kind: 'duplicate',
      places: [
        'prod/a.yaml:1',
        'apps/a.yaml:1 (Kustomization flux-system/apps)',
        'infra/a.yaml:1 (Kustomization flux-system/infra)',
      ],
    })
  })

  test('of one path are read once, and a problem in it is told once', async (t) => {
    const setup = await setUp(t)
    const commit = await setup.git.commit({ 'prod/a.yaml': configMap('a'), 'prod/b.yaml': '{' })
    setup.index.setPlans('fleet', [engine('prod'), engine('prod', { engine: infra })])
    assert.equal((await plansOf(setup, commit)).length, 3)
    assert.equal(setup.git.calls.list, 1)
    assert.equal(setup.index.problems('fleet', commit)?.length, 1)
    const other = { repository: 'fleet', commit, branches: ['main'], id: idOf('other') }
    const absent = await setup.index.find(other, new AbortController().signal)
    assert.ok(absent.kind === 'absent')
    assert.equal(absent.problems.length, 1)
  })

  test('are listed, kept in memory at the tips, and part of a cascade', async (t) => {
    const setup = await setUp(t, { limits: { cachedObjects: 0 } })
    const { git, index } = setup
    const commit = await git.commit({ 'apps/a.yaml': configMap('a', 'pay') })
    await index.keep('fleet', [commit])
    const plan = engine('apps')
    index.setPlans('fleet', [plan])
    const listed = await index.list('fleet', commit)
    assert.deepEqual(
      listed.map(({ source, entries }) => [source, entries.length]),
      [
        [plain, 0],
        [plan, 1],
      ],
    )
    await index.list('fleet', await git.commit({ 'apps/b.yaml': configMap('b') }))
    assert.notEqual(index.problems('fleet', commit), undefined)
    const place = { repository: 'fleet', commit, branches: ['main'] }
    const cascade = { namespace: 'pay' }
    const gone = await index.within({ ...place, cascade }, new AbortController().signal)
    assert.ok(gone !== 'pending')
    assert.deepEqual(
      gone.map(({ id, plans }) => [id.name, plans]),
      [['a', [plan]]],
    )
  })

  test('a cascade names what two plans declare alike once, and what they declare differently twice', async (t) => {
    const { git, index } = await setUp(t)
    index.setPlans('fleet', [engine('apps')])
    const commit = await git.commit({
      'prod/a.yaml': configMap('a') + `---\n${configMap('b')}`,
      'apps/a.yaml': configMap('a') + `---\n${configMap('b', 'default', 'w')}`,
    })
    const query = {
      repository: 'fleet',
      commit,
      branches: ['main'],
      cascade: { namespace: 'default' },
    }
    const gone = await index.within(query, new AbortController().signal)
    assert.ok(gone !== 'pending')
    const named = gone.map(({ id, plans }) => `${id.name} ${plans.length}`)
    assert.deepEqual(named.toSorted(), ['a 2', 'b 1', 'b 1'])
  })
})

describe('the plan that a question is about', () => {
  test('is asked before it is set, and speaks first', async (t) => {
    const setup = await setUp(t)
    const plan = engine('apps')
    const commit = await setup.git.commit({
      'apps/a.yaml': configMap('a'),
      'prod/a.yaml': configMap('a'),
    })
    const found = await ask(setup, commit, { plan })
    assert.ok(found.kind === 'declared')
    assert.deepEqual(found.object.plans, [plan, plain])
    assert.equal(found.object.source, 'Kustomization flux-system/apps')
    const query = { repository: 'fleet', commit, branches: ['main'], plan }
    const gone = await setup.index.within(
      { ...query, cascade: { namespace: 'default' } },
      new AbortController().signal,
    )
    assert.ok(gone !== 'pending')
    assert.deepEqual(gone[0]?.plans, [plan, plain])
  })

  test('that is in force is asked once, by value', async (t) => {
    const setup = await setUp(t)
    const commit = await setup.git.commit({ 'apps/a.yaml': configMap('a') })
    setup.index.setPlans('fleet', [engine('apps'), engine('apps', { engine: infra })])
    const plan = engine('apps')
    const plans = await plansOf(setup, commit, { plan })
    assert.deepEqual(plans, [plan, engine('apps', { engine: infra })])
    assert.equal(plans[0], plan)
  })

  test('stands in for what its engine object said before, and for nothing else', async (t) => {
    const setup = await setUp(t)
    const files = { 'old/a.yaml': configMap('a'), 'new/a.yaml': configMap('a', 'default', 'w') }
    const commit = await setup.git.commit(files)
    setup.index.setPlans('fleet', [engine('old')])
    const plan = engine('new')
    assert.deepEqual(await plansOf(setup, commit, { plan }), [plan])
    const other = engine('new', { engine: infra })
    assert.equal((await ask(setup, commit, { plan: other })).kind, 'duplicate')
    assert.equal((await ask(setup, commit, { plan: { ...plain, path: 'new' } })).kind, 'duplicate')
  })

  test('does not hide the other sources of its engine object', async (t) => {
    const setup = await setUp(t)
    const files = { 'one/a.yaml': configMap('a'), 'two/a.yaml': configMap('a', 'default', 'w') }
    const commit = await setup.git.commit(files)
    setup.index.setPlans('fleet', [engine('one'), engine('two')])
    assert.equal((await ask(setup, commit, { plan: engine('two') })).kind, 'duplicate')
  })
})

describe('a pinned plan', () => {
  test('says at every commit what it says at its pin', async (t) => {
    const setup = await setUp(t)
    const { git, index } = setup
    const pin = await git.commit({ 'apps/a.yaml': configMap('a') })
    const tip = await git.commit({ 'apps/a.yaml': configMap('a', 'default', 'w') })
    const plan = engine('apps', { pin })
    for (const more of [{}, { plan }]) {
      index.setPlans('fleet', more.plan === undefined ? [plan] : [])
      const found = await ask(setup, tip, more)
      assert.ok(found.kind === 'declared')
      assert.equal(found.object.commit, pin)
      assert.match(JSON.stringify(found.object.object), /"x"/)
    }
    index.setPlans('fleet', [plan, engine('apps', { engine: infra })])
    assert.equal((await ask(setup, tip)).kind, 'duplicate')
    assert.equal((await ask(setup, pin)).kind, 'declared')
  })

  test('that names no full commit id is not read', async (t) => {
    const setup = await setUp(t)
    const commit = await setup.git.commit({ 'apps/a.yaml': configMap('a') })
    setup.index.setPlans('fleet', [engine('apps', { pin: 'v1.0' })])
    await assert.rejects(ask(setup, commit), { code: 'RenderFailed', message: /no full commit id/ })
  })
})
