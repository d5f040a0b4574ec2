import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { momentText } from '../../../src/core/breakglass/moment.ts'
import { at, isJsonObject, stringAt, type JsonObject } from '../../../src/core/manifest/json.ts'
import {
  activeGrant,
  begin,
  fakeGrants,
  grantName,
  hour,
  loggedIn,
  holder,
  newGrant,
  replica,
  scaling,
} from './granting.ts'

/**
 * The model knows a grant as a sheet of paper on which somebody strikes off uses. It shares no code with
 * what it is about.
 */
interface Paper {
  readonly most: number
  readonly until: number
  isOver: boolean
  /** What was asked for -> when it was struck off. */
  readonly struck: { readonly what: string; readonly at: number }[]
}

type Step =
  | {
      readonly do: 'write'
      readonly replicas: number
      readonly by: number
      readonly dryRun: boolean
    }
  | { readonly do: 'field' | 'impersonate' | 'end' | 'revoke' | 'restart' | 'conflict' | 'fail' }
  | { readonly do: 'burst'; readonly from: number; readonly count: number }
  | { readonly do: 'wait'; readonly seconds: number }

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      replicas: fc.integer({ min: 1, max: 12 }),
      by: fc.nat(2),
      dryRun: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('burst' as const),
      from: fc.integer({ min: 1, max: 12 }),
      count: fc.integer({ min: 2, max: 8 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      seconds: fc.constantFrom(1, 30, 60, 61, 600, 1800),
    }),
  },
  fc.record({
    do: fc.constantFrom('field', 'impersonate', 'restart', 'conflict', 'fail'),
  }) as fc.Arbitrary<Step>,
  fc.record({ do: fc.constantFrom('end', 'revoke') }) as fc.Arbitrary<Step>,
)

function world(most: number, isFilled: boolean) {
  const claims = { bg: { v: 1, max_uses: most, incident: 'PD-1', reason: 'the api is on fire' } }
  const grant = isFilled ? activeGrant({ status: { maxUses: most } }) : newGrant({ claims })
  const grants = fakeGrants([grant])
  const paper: Paper = { most, until: begin + hour, isOver: false, struck: [] }
  let now = begin + 1_000
  const clock = () => now
  let replicas = [0, 1, 2].map(() => replica({ grants, now: clock }))
  const failing = { next: undefined as 'conflict' | 'failed' | undefined }
  grants.faults.record = () => {
    const fault = failing.next
    failing.next = undefined
    return fault
  }
  const setSpec = (more: JsonObject) => {
    const stored = grants.stored(grantName) ?? {}
    const spec = at(stored, 'spec')
    grants.put({ ...stored, spec: { ...(isJsonObject(spec) && spec), ...more } })
  }
  return {
    grants,
    paper,
    clock,
    failing,
    setSpec,
    wait: (seconds: number) => {
      now += seconds * 1000
    },
    restart: () => {
      replicas = [0, 1, 2].map(() => replica({ grants, now: clock }))
    },
    decide: (by: number, changes: Parameters<(typeof replicas)[number]>[0]) =>
      replicas[by % 3]!(changes),
  }
}

type World = ReturnType<typeof world>

/** Whether the paper lets it through, and strikes it off. */
function strike({ paper, clock }: World, what: string, dryRun = false): boolean {
  const now = clock()
  if (paper.isOver || now >= paper.until) return false
  // Times are kept in whole seconds.
  const known = paper.struck.some((one) => one.what === what && now - one.at <= 60_000)
  if (known) return true
  if (paper.struck.length >= paper.most) return false
  if (!dryRun) paper.struck.push({ what, at: now })
  return true
}

async function run(step: Step, one: World): Promise<void> {
  if (step.do === 'write') return runWrite(step, one)
  if (step.do === 'burst') return runBurst(step, one)
  if (step.do === 'field' || step.do === 'impersonate') return runAttack(step.do, one)
  runEvent(step, one)
}

async function runWrite(step: Step & { readonly do: 'write' }, one: World): Promise<void> {
  const { replicas, by, dryRun } = step
  const isFailing = one.failing.next === 'failed'
  const before = one.paper.struck.length
  const { allowed } = await one.decide(by, scaling({ dryRun }, replicas + 100))
  const expected = strike(one, `${replicas}`, dryRun)
  // The fault is met exactly by a write that has something to store.
  const isLost = isFailing && one.paper.struck.length > before
  if (isLost) one.paper.struck.pop()
  assert.equal(allowed, expected && !isLost)
}

/** Which ones are in is open; how many distinct ones is not. */
async function runBurst(step: Step & { readonly do: 'burst' }, one: World): Promise<void> {
  one.failing.next = undefined
  const wanted = Array.from({ length: step.count }, (_, i) => step.from + (i % 5))
  const decisions = await Promise.all(
    wanted.map((replicas, i) => one.decide(i, scaling({}, replicas + 100))),
  )
  const isIn = (i: number) => decisions[i]?.allowed === true
  const distinct = new Set(wanted.filter((_, i) => isIn(i)))
  for (const what of distinct) assert.ok(strike(one, `${what}`), `${what} was let through`)
  assert.equal(one.paper.struck.length, one.grants.usesOf(grantName).length)
  const denied = wanted.filter((_, i) => !isIn(i))
  for (const what of denied) assert.equal(strike(one, `${what}`, true), false)
}

async function runAttack(kind: 'field' | 'impersonate', one: World): Promise<void> {
  const object = { ...scaling().object, spec: { replicas: 3, paused: true } }
  const changes = kind === 'field' ? { object } : { user: loggedIn(holder) }
  assert.equal((await one.decide(0, scaling(changes))).allowed, false)
}

function runEvent(step: Exclude<Step, { readonly do: 'write' | 'burst' }>, one: World): void {
  if (step.do === 'wait') return one.wait(step.seconds)
  if (step.do === 'restart') return one.restart()
  if (step.do === 'conflict') one.failing.next = 'conflict'
  if (step.do === 'fail') one.failing.next = 'failed'
  if (step.do !== 'end' && step.do !== 'revoke') return
  one.paper.isOver = true
  one.setSpec(step.do === 'end' ? { ended: true } : { revoked: { by: 'bob', reason: 'enough' } })
}

/** Whatever the model says: uses are numbered without a gap, and none is after the end. */
function checkStored({ grants, paper }: World): void {
  const uses = grants.usesOf(grantName)
  assert.equal(uses.length, paper.struck.length)
  assert.ok(uses.length <= paper.most)
  for (const [i, use] of uses.entries()) {
    assert.equal(at(use, 'n'), i + 1)
    assert.ok((stringAt(use, 'time') ?? '') < momentText(paper.until))
  }
}

test('no allow without a stored use, at most N distinct uses, nothing after the end', async () => {
  const most = fc.integer({ min: 1, max: 6 })
  const all = fc.array(steps, { maxLength: 25 })
  await fc.assert(
    fc.asyncProperty(most, fc.boolean(), all, async (uses, isFilled, script) => {
      const one = world(uses, isFilled)
      for (const step of script) {
        await run(step, one)
        checkStored(one)
      }
    }),
    { numRuns: 150 },
  )
})
