import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { PlanKeeper, type PlanTiming } from '../../../src/cli/estate/plans.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { planName, type Plan } from '../../../src/core/plans/plan.ts'
import type { Policy } from '../../../src/core/policy/schema.ts'
import { createLogTo } from '../../../src/telemetry/log.ts'
import {
  apps,
  appsPlan,
  declares,
  fleet,
  groundOf,
  planOf,
  policy,
  policyWith,
  repository,
  source,
  terminating,
  withSpec,
  type Scene,
} from '../../core/provenance/engine-ground.ts'
import { named, web } from '../../core/provenance/finding-plans.ts'
import { fakeEngineObjects } from '../../fakes/engine-objects.ts'
import { commitA, type FakeObject } from '../../fakes/git.ts'

const quick: PlanTiming = { burstMs: 1, longestMs: 60_000, againMs: 1, unknownMs: 1 }
const { signal } = new AbortController()

interface Keeping extends Scene {
  readonly timing?: Partial<PlanTiming>
  readonly isSynced?: () => boolean
  readonly policies?: () => Policy
  /** Before the plans of a round can be found. */
  readonly beforeSet?: (count: number) => Promise<void>
}

/** What engines say in this very moment, and the index as a server has it. */
function keep(t: TestContext, keeping: Keeping = {}) {
  const ground = groundOf({ ...keeping, fleet: keeping.fleet ?? { ...fleet, inForce: [] } })
  let objects = ground.engineObjects
  const sets: (readonly string[])[] = []
  const lines: Record<string, unknown>[] = []
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>)
  const setPlans = async (plans: ReadonlyMap<string, readonly Plan[]>) => {
    sets.push((plans.get('fleet') ?? []).map((plan) => `${planName(plan)} ${plan.path}`))
    ground.setPlans(plans)
    await keeping.beforeSet?.(sets.length)
  }
  const { repositories, declarations, cluster, now } = ground
  const keeper = new PlanKeeper({
    policy: keeping.policies ?? (() => policy),
    estate: { repositories, declarations, setPlans },
    objects: {
      list: (kind) => objects.list(kind),
      get: (reference) => objects.get(reference),
      read: (reference, within) => objects.read(reference, within),
    },
    isSynced: keeping.isSynced ?? (() => true),
    cluster,
    now,
    log: createLogTo({ write }, { level: 'debug', now: () => 0 }),
    timing: { ...quick, ...keeping.timing },
  })
  t.after(() => keeper.stop())
  const show = (...live: readonly JsonObject[]) => {
    objects = fakeEngineObjects(live)
  }
  const fail = (message: string) => {
    objects = { ...objects, list: () => assert.fail(message) }
  }
  const use = (next: typeof objects) => {
    objects = next
  }
  return { keeper, sets, lines, show, use, fail, last: () => sets.at(-1) ?? [] }
}

async function follow({ keeper }: { readonly keeper: PlanKeeper }): Promise<void> {
  keeper.follow()
  await keeper.settled(signal)
}

const all = [declares(apps), declares(source), declares(web, appsPlan)]
const ofApps = 'Kustomization flux-system/apps apps/prod'
const ofWeb = 'Kustomization flux-system/web web'

test('the plans of engine objects come into the index, and go with them', async (t) => {
  const kept = keep(t, { live: [apps, web, source], fleet: repository(all) })
  await follow(kept)
  assert.deepEqual(kept.last(), [ofApps, ofWeb])
  kept.show(apps, source)
  await follow(kept)
  assert.deepEqual(kept.last(), [ofApps])
  kept.show(terminating(apps), source)
  await follow(kept)
  assert.deepEqual(kept.last(), [])
})

test('a plan goes when its engine object is not any more what Git declares', async (t) => {
  const kept = keep(t)
  await follow(kept)
  assert.deepEqual(kept.last(), [ofApps])
  kept.show(withSpec(apps, { path: './evil' }), source)
  await follow(kept)
  assert.deepEqual(kept.last(), [])
  const told = kept.lines.filter(({ event }) => event === 'plan_not_in_force')
  assert.equal(told.length, 1)
  assert.match(String(told[0]?.['why']), /spec\.path/)
  await follow(kept)
  assert.equal(kept.lines.filter(({ event }) => event === 'plan_not_in_force').length, 1)
})

test('what was in force stays while the next plans are looked for, but of each object one', async (t) => {
  const moved = withSpec(apps, { path: './moved' })
  const movedPlan = planOf(moved, source)
  const declared = [declares(source), declares(moved), declares(apps), declares(web)]
  const first = [declares(source), declares(apps), declares(web)]
  const said: Record<string, readonly FakeObject[]> = { [commitA]: first }
  const git = { ...repository([]), declares: said }
  const kept = keep(t, { live: [apps, web, source], fleet: git })
  await follow(kept)
  assert.deepEqual(kept.last().toSorted(), [ofApps, ofWeb])
  said[commitA] = declared.filter((_, i) => i !== 2)
  kept.show(moved, source)
  kept.sets.length = 0
  await follow(kept)
  const ofMoved = `Kustomization flux-system/apps ${movedPlan.path}`
  // Nothing is in force of web any more, but while it is looked for, it may be.
  assert.deepEqual(kept.sets, [[ofMoved, ofWeb], [ofMoved]])
})

test('what only stood in the way for a moment is looked for once more', async (t) => {
  // web was declared by apps, and is now by shop, in other words; apps is gone.
  const shop = named('shop')
  const shopPlan = planOf(shop, source)
  const changed = withSpec(web, { interval: '1h' })
  const declared = [
    declares(source),
    declares(apps),
    declares(shop),
    declares(web, appsPlan),
    declares(changed, shopPlan),
  ]
  const before = declared.filter((_, i) => i < 2 || i === 3)
  const said: Record<string, readonly FakeObject[]> = { [commitA]: before }
  const git = { ...repository([]), declares: said }
  const kept = keep(t, { live: [apps, web, source], fleet: git })
  await follow(kept)
  assert.deepEqual(kept.last(), [ofApps, ofWeb])
  said[commitA] = declared.filter((_, i) => i !== 1)
  kept.show(shop, changed, source)
  await follow(kept)
  assert.deepEqual(kept.last(), ['Kustomization flux-system/shop shop', ofWeb])
})

test('a failure leaves what was in force, and is tried again', async (t) => {
  const kept = keep(t)
  await follow(kept)
  const { length } = kept.sets
  kept.fail('a bug')
  kept.keeper.follow()
  await kept.keeper.settled(signal)
  assert.equal(kept.sets.length, length)
  assert.ok(kept.lines.some(({ event }) => event === 'plans_not_followed'))
  kept.show(apps, web, source)
  const again = Promise.withResolvers<void>()
  const timer = setInterval(() => {
    if (kept.sets.length > length) again.resolve()
  }, 1)
  await again.promise
  clearInterval(timer)
  assert.deepEqual(kept.last(), [ofApps])
})

test('what takes too long leaves what was in force', async (t) => {
  let isSlow = false
  const slow = keep(t, {
    live: [apps, web, source],
    fleet: repository(all),
    timing: { longestMs: 20, againMs: 60_000 },
    beforeSet: () => (isSlow ? new Promise(() => {}) : Promise.resolve()),
  })
  await follow(slow)
  isSlow = true
  slow.sets.length = 0
  await follow(slow)
  // What is found may be added to what was there; nothing is taken away.
  assert.deepEqual(slow.sets, [[ofApps, ofWeb]])
  assert.match(JSON.stringify(slow.lines.at(-1)), /could not be read in time/)
})

test('nothing is known before the engine objects were listed', async (t) => {
  let isSynced = false
  const kept = keep(t, { isSynced: () => isSynced, timing: { againMs: 5 } })
  assert.equal(kept.keeper.isKnown(), false)
  kept.keeper.follow()
  const brief = AbortSignal.timeout(30)
  assert.equal(await kept.keeper.settled(brief), false)
  assert.equal(kept.keeper.isKnown(), false)
  const waiting = kept.keeper.settled(signal)
  isSynced = true
  // Listed were none, so that nobody says that something has changed.
  assert.equal(await waiting, true)
  assert.equal(kept.keeper.isKnown(), true)
  assert.equal(await kept.keeper.settled(signal), false)
})

test('without engines there is nothing to know', async (t) => {
  const none = policyWith(
    '',
    '  writers: [{name: ci, subject: {user: ci}, evidence: [annotation], repositories: [fleet]}]\n',
  )
  const kept = keep(t, { policies: () => none, isSynced: () => false })
  assert.equal(kept.keeper.isKnown(), true)
  assert.equal(await kept.keeper.settled(signal), false)
})

test('nothing is known any more while other kinds are listed', async (t) => {
  let isSynced = true
  const kept = keep(t, { isSynced: () => isSynced })
  await follow(kept)
  assert.equal(kept.keeper.isKnown(), true)
  isSynced = false
  assert.equal(kept.keeper.isKnown(), false)
  kept.keeper.follow()
  const waiting = kept.keeper.settled(signal)
  isSynced = true
  await waiting
  assert.equal(kept.keeper.isKnown(), true)
})

test('whoever waits, waits for what was asked for by then', async (t) => {
  const gate = Promise.withResolvers<void>()
  const kept = keep(t, { beforeSet: (count) => (count === 4 ? gate.promise : Promise.resolve()) })
  await follow(kept)
  kept.keeper.follow()
  let isSettled = false
  const waiting = kept.keeper.settled(signal).then((settled) => {
    isSettled = true
    return settled
  })
  assert.equal(await kept.keeper.settled(AbortSignal.timeout(20)), false)
  assert.equal(isSettled, false)
  gate.resolve()
  assert.equal(await waiting, true)
  assert.equal(await kept.keeper.settled(AbortSignal.abort()), false)
})

test('many changes at once are followed at once', async (t) => {
  const kept = keep(t, { timing: { burstMs: 20 } })
  for (let i = 0; i < 100; i += 1) kept.keeper.follow()
  await kept.keeper.settled(signal)
  assert.equal(kept.sets.length, 2)
})

test('a change that comes while one is followed is followed as well', async (t) => {
  const gate = Promise.withResolvers<void>()
  const kept = keep(t, {
    live: [apps, source],
    fleet: repository(all),
    beforeSet: (count) => (count === 1 ? gate.promise : Promise.resolve()),
  })
  kept.keeper.follow()
  while (kept.sets.length === 0) await new Promise(setImmediate)
  kept.show(apps, web, source)
  kept.keeper.follow()
  gate.resolve()
  await kept.keeper.settled(signal)
  await kept.keeper.settled(signal)
  assert.deepEqual(kept.last(), [ofApps, ofWeb])
})

test('an engine object of which nobody knows is asked for again', async (t) => {
  const varied = withSpec(apps, {
    postBuild: { substituteFrom: [{ kind: 'Secret', name: 's', optional: true }] },
  })
  const live = [varied, web, source]
  const fleetOf = repository([declares(varied), declares(source), declares(web)])
  const kept = keep(t, { live, fleet: fleetOf })
  await follow(kept)
  assert.deepEqual(kept.last().toSorted(), [ofApps, ofWeb])
  const { length } = kept.sets
  const done = Promise.withResolvers<void>()
  const check = setInterval(() => {
    if (kept.sets.length >= length + 4) done.resolve()
  }, 1)
  // A Secret that nobody may read.
  const objects = fakeEngineObjects(live, live, { unreachable: ['Secret. flux-system/s'] })
  kept.use(objects)
  kept.keeper.follow()
  await done.promise
  clearInterval(check)
  assert.deepEqual(kept.last().toSorted(), [ofApps, ofWeb])
})

test('nothing is followed any more once it is stopped', async (t) => {
  const kept = keep(t)
  await follow(kept)
  const { length } = kept.sets
  await kept.keeper.stop()
  kept.keeper.follow()
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(kept.sets.length, length)
})

test('a stop does not wait for what is still read', async (t) => {
  const kept = keep(t, { beforeSet: () => new Promise(() => {}) })
  kept.keeper.follow()
  while (kept.sets.length === 0) await new Promise(setImmediate)
  await kept.keeper.stop()
  assert.ok(!kept.lines.some(({ event }) => event === 'plans_not_followed'))
})
