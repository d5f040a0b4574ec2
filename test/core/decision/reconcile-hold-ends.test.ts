import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import { commitA, commitB, commitC } from '../../fakes/git.ts'
import type { FakeGrants } from '../../fakes/grants.ts'
import { deployment, grantName, minute, saying, scaling } from './granting.ts'
import { applying, changeUse, decide, git, marks, now, used, type Scene } from './holding.ts'

describe('an engine passes', () => {
  const passes = async (
    grants: FakeGrants,
    write: Partial<AdmissionRequest>,
    scene: Scene = {},
  ): Promise<void> => {
    assert.equal(saying(await decide(grants, write, scene)), 'VerifiedCommit')
  }

  test('with a commit that says something else about it', async () => {
    const repository = { ...git, tips: { main: commitC } }
    await passes(await used(), applying(commitC, 4), { repository })
  })

  test('with a commit that names the grant in its trailer, and no other grant', async () => {
    const object = deployment({ replicas: 3, paused: true }, { annotations: marks(commitB) })
    const write = applying(commitB, 3, { object })
    const after = (value: string) => ({
      ...git,
      tips: { main: commitB },
      trailers: { [`${commitA}..${commitB}`]: ['bg-other', value] },
    })
    const grants = await used()
    for (const value of [grantName, `${grantName} use 1`]) {
      await passes(grants, write, { repository: after(value) })
    }
    const promoted = { ...after(grantName), committedAt: now - 5 * minute }
    const early = await decide(grants, write, { repository: promoted })
    assert.match(saying(early), /^ReconcileHeld/, 'it was made before this use')
    for (const value of [`${grantName}0`, `${grantName} use 2`, `not ${grantName}`]) {
      const other = await decide(grants, write, { repository: after(value) })
      assert.match(saying(other), /^ReconcileHeld/, value)
    }
  })

  test('in other fields, and in its own marks', async () => {
    const grants = await used()
    const repository = { ...git, tips: { main: commitB } }
    const object = deployment({ replicas: 5, paused: true }, { annotations: marks(commitB) })
    await passes(grants, applying(commitB, 5, { object }), { repository })
    const edit = scaling({ object: deployment({ replicas: 3 }, { annotations: marks(commitC) }) })
    await passes(await used({ holdSeconds: 1800 }, edit), applying(commitB, 5, { object }), {
      repository,
    })
  })

  for (const [title, now_, status] of [
    ['once the hold is over', now + 30 * minute, { holdSeconds: 1800 }],
    ['at once without one', now, { holdSeconds: 0 }],
    ['at once where nobody said how long', now, {}],
    ['after what the policy gives by now', now + 30 * minute, { holdSeconds: 14_400 }],
  ] as const) {
    test(title, async () => {
      await passes(await used(status), applying(commitA, 3), { now: now_ })
    })
  }

  test('once the grant is revoked, and not when its holder ends it', async () => {
    const grants = await used()
    const stored = grants.stored(grantName) ?? {}
    grants.put({ ...stored, spec: { ended: true } })
    assert.match(saying(await decide(grants, applying(commitA, 3))), /^ReconcileHeld/)
    grants.put({ ...stored, spec: { revoked: { by: 'bob' } } })
    await passes(grants, applying(commitA, 3))
  })

  test('once the use is resolved, or was never stored by the API server', async () => {
    const grants = await used()
    changeUse(grants, { resolution: { kind: 'Superseded' } })
    await passes(grants, applying(commitA, 3))
    changeUse(grants, { resolution: null, state: 'Committed' })
    assert.match(saying(await decide(grants, applying(commitA, 3))), /^ReconcileHeld/)
    changeUse(grants, { state: 'NotCommitted' })
    await passes(grants, applying(commitA, 3))
  })

  test('once its key is gone, or the policy has locked everything down', async () => {
    await passes(await used(), applying(commitA, 3), { issuers: new Map() })
    await passes(await used(), applying(commitA, 3), { breakGlass: 'lockdown' })
  })

  test('where a watch has not seen yet what is there', async () => {
    const grants = await used()
    const seen = [grants.stored(grantName) ?? {}]
    changeUse(grants, { resolution: { kind: 'Promoted' } })
    grants.seen = seen
    await passes(grants, applying(commitA, 3))
  })

  test('where grants cannot be read', async () => {
    const grants = await used()
    grants.faults.read = 'unreachable'
    await passes(grants, applying(commitA, 3))
  })

  test('where nobody knew what Git said then', async () => {
    const grants = await used()
    changeUse(grants, { tips: [] })
    await passes(grants, applying(commitA, 3))
  })

  test('on a later object of the same name', async () => {
    const oldObject = deployment({ replicas: 5 }, { uid: 'd2' })
    await passes(await used(), applying(commitA, 3, { oldObject }))
  })

  test('where a use cannot be read', async () => {
    const grants = await used()
    changeUse(grants, { tips: 'none' })
    await passes(grants, applying(commitA, 3))
  })
})
