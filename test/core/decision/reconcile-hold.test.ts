import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Held } from '../../../src/core/breakglass/held-status.ts'
import { stringAt, type JsonObject } from '../../../src/core/manifest/json.ts'
import { commitA, commitB, commitC } from '../../fakes/git.ts'
import { gvk, gvr } from './deciding.ts'
import {
  activeGrant,
  begin,
  deployment,
  fakeGrants,
  grantName,
  holder,
  hour,
  minute,
  saying,
  scaling,
  scopeRow,
} from './granting.ts'
import { applying, changeUse, decide, git, marks, now, says, used } from './holding.ts'

describe('an engine that would undo a use', () => {
  test('is held, with the grant, the time left and the ways out', async () => {
    const grants = await used()
    const text = saying(await decide(grants, applying(commitA, 3)))
    assert.match(text, /^ReconcileHeld: .*payments\/api: break-glass bg-[\w-]+ use 1 changed this/)
    assert.match(text, /held back for 30m 0s more, until 20\S+Z/)
    assert.ok(text.includes(`kubectl breakglass revoke ${grantName}`))
    assert.ok(text.includes(`"Break-Glass-Resolves: ${grantName}"`))
    assert.ok(!/immutable/.test(text) && text.length < 1024)
    const later = await decide(grants, applying(commitA, 3), { now: now + 90_000 })
    assert.match(saying(later), /for 28m 30s more/)
  })

  test('is held by a commit on top that says the same of it', async () => {
    const repository = { ...git, tips: { main: commitB } }
    const object = deployment({ replicas: 3, paused: true }, { annotations: marks(commitB) })
    const write = applying(commitB, 3, { object })
    assert.match(saying(await decide(await used(), write, { repository })), /^ReconcileHeld/)
  })

  test('is held by what was the head before, and is still accepted', async () => {
    const earlier = { [`main ${commitC}`]: begin }
    const repository = { ...git, earlier }
    const grants = await used()
    assert.match(
      saying(await decide(grants, applying(commitC, 4), { repository })),
      /^ReconcileHeld/,
    )
  })

  test('is held where only the whole image shows it, and not for another value', async () => {
    const grants = await used()
    const scene = { verify: 'declared' } as const
    assert.match(saying(await decide(grants, applying(commitA, 3), scene)), /^ReconcileHeld/)
    assert.equal(saying(await decide(grants, applying(commitA, 4), scene)), 'VerifiedCommit')
  })

  test('is held for the part that it takes back, whatever else it writes', async () => {
    const scale = scaling({ object: deployment({ replicas: 5, paused: true }) })
    const grants = await used({ holdSeconds: 1800 }, scale)
    const oldObject = deployment({ replicas: 5, paused: true })
    const object = deployment({ replicas: 3, paused: true }, { annotations: marks(commitA) })
    const write = applying(commitA, 3, { oldObject, object })
    assert.match(saying(await decide(grants, write)), /^ReconcileHeld/)
  })

  test('is held after a scale, also one from nothing', async () => {
    const scaleOf = (spec: JsonObject) => ({
      ...deployment(spec),
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
    })
    for (const [before, oldSpec] of [
      [3, { replicas: 3 }],
      [0, {}],
    ] as const) {
      const [oldObject, object] = [scaleOf(oldSpec), scaleOf({ replicas: 5 })]
      const kind = gvk('Scale', 'autoscaling')
      const use = scaling({ subresource: 'scale', kind, oldObject, object })
      const grants = await used({ holdSeconds: 1800 }, use)
      const repository = { ...git, declares: { [commitA]: says(before) } }
      for (const verify of ['content', 'declared'] as const) {
        const decision = await decide(grants, applying(commitA, before), { repository, verify })
        assert.match(saying(decision), /^ReconcileHeld/, `${before} ${verify}`)
      }
    }
  })

  test('is told of once it is denied, and not by a dry run or where denials are only recorded', async () => {
    const grants = await used()
    const told: Held[] = []
    const onHeld = (held: Held) => void told.push(held)
    await decide(grants, applying(commitA, 3, { dryRun: true }), { onHeld })
    await decide(grants, applying(commitA, 3), { onHeld, mode: 'audit' })
    assert.deepEqual(told, [])
    await decide(grants, applying(commitA, 3), { onHeld })
    const until = now + 30 * minute
    const by = { by: 'ci', commit: `fleet@${commitA}` }
    assert.deepEqual(told, [{ grant: grantName, use: 1, at: now, until, ...by }])
  })
})

test('the values of a Secret are compared without being told', async () => {
  const secret = (password: string, annotations: JsonObject = {}) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'api', namespace: 'payments', uid: 's1', annotations },
    data: { password },
  })
  const about = { resource: gvr('secrets'), kind: gvk('Secret') }
  const row = { ...scopeRow, resources: ['secrets'], fields: ['data'] }
  const grants = fakeGrants([activeGrant({ status: { holdSeconds: 1800, scope: [row] } })])
  const edit = scaling({ ...about, oldObject: secret('b2xk'), object: secret('bmV3') })
  assert.equal(saying(await decide(grants, edit)), 'BreakGlass')
  const [use] = grants.usesOf(grantName) as readonly JsonObject[]
  assert.match(stringAt(use, 'pre') ?? '', /^hmac-sha256:/)
  const declared = { group: '', kind: 'Secret', namespace: 'payments', name: 'api' }
  const repository = { ...git, declares: { [commitA]: [{ id: declared, object: secret('b2xk') }] } }
  const write = (password: string) =>
    applying(commitA, 3, {
      ...about,
      oldObject: secret('bmV3'),
      object: secret(password, marks(commitA)),
    })
  const scene = { repository, verify: 'declared' } as const
  assert.match(saying(await decide(grants, write('b2xk'), scene)), /^ReconcileHeld/)
  assert.equal(saying(await decide(grants, write('b3RoZXI='), scene)), 'VerifiedCommit')
})

describe('what was deleted, and what was created', () => {
  const remove = scaling({
    operation: 'DELETE',
    oldObject: deployment({ replicas: 3 }),
    object: null as never,
  })
  const create = scaling({ operation: 'CREATE', oldObject: null as never })
  const metadata = { annotations: marks(commitA), uid: 'd2', resourceVersion: '' }
  const recreation = applying(commitA, 3, {
    operation: 'CREATE',
    oldObject: null,
    object: deployment({ replicas: 3 }, metadata),
  })

  test('is not made anew from what Git said then', async () => {
    const grants = await used({ holdSeconds: 1800 }, remove)
    const decision = await decide(grants, recreation, { verify: 'declared' })
    assert.match(saying(decision), /^ReconcileHeld: .* \(its DELETE\)/)
    const repository = { ...git, tips: { main: commitC } }
    const object = deployment({ replicas: 4 }, { ...metadata, annotations: marks(commitC) })
    const other = await decide(
      grants,
      { ...recreation, object },
      { repository, verify: 'declared' },
    )
    assert.equal(saying(other), 'VerifiedCommit')
  })

  test('is not pruned while Git has not declared it since', async () => {
    const repository = {
      ...git,
      tips: { main: commitB },
      earlier: { [`main ${commitA}`]: begin - hour },
      declares: { [commitA]: says(3) },
    }
    const grants = fakeGrants([
      activeGrant({
        status: {
          holdSeconds: 1800,
          scope: [{ ...scopeRow, operations: ['CREATE'], fields: ['*'] }],
        },
      }),
    ])
    const made = await decide(grants, create, { repository })
    assert.equal(saying(made), 'BreakGlass')
    const prune = applying(commitA, 3, { operation: 'DELETE', object: null })
    assert.match(saying(await decide(grants, prune, { repository })), /^ReconcileHeld/)
    // Declared when it was made, and removed since: that is for Git to say.
    changeUse(grants, { tips: [{ repository: 'fleet', branch: 'main', commit: commitA }] })
    assert.equal(saying(await decide(grants, prune, { repository })), 'VerifiedCommit')
  })
})

test('a person is held by nothing', async () => {
  const grants = await used()
  const back = scaling({ oldObject: deployment({ replicas: 5 }), user: holder }, 3)
  assert.equal(saying(await decide(grants, back)), 'BreakGlass')
})
