import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { at, stringAt, type JsonObject } from '../../src/core/manifest/json.ts'
import { solewriter } from '../cli/process.ts'
import { startBypassGround, postMortems, type BypassGround, type Found } from './bypass-run.ts'
import { eventually } from './eventually.ts'
import { readRecords } from './records.ts'

let ground: BypassGround
let found: readonly Found[]

before(async () => {
  ground = await startBypassGround()
})

after(async () => {
  await ground.end()
})

function writesOf(resource: string, verb = 'create') {
  return found.flatMap(({ actor, writes }) =>
    writes
      .filter((one) => one.verb === verb && one.target.split(' ')[0] === resource)
      .map((one) => ({ ...one, actor, name: one.target.split('/').at(-1) ?? '' })),
  )
}

const toSecond = (time: string) => time.slice(0, 19)
const idsOf = (all: readonly Found[]) =>
  all.flatMap(({ writes }) => writes.map(({ auditId }) => auditId)).toSorted()

function detected(): readonly JsonObject[] {
  return ground
    .events()
    .filter((event) => at(event, 'type') === 'dev.solewriter.bypass.detected.v1')
    .filter((event) => (stringAt(event, 'time') ?? '') >= toSecond(ground.times.begun))
}

function idsTold(told: ReadonlyMap<string | undefined, JsonObject>): readonly string[] {
  return Array.from(told.keys(), (id) => id ?? '').toSorted()
}

describe('writes past the webhook', () => {
  test('are found as they happen: exactly those of the gap', async () => {
    const { alice, ci } = ground.stored
    assert.ok(alice.size > 20 && ci.size > 20)
    const expected = [...alice, ...ci, 'borrowed'].toSorted()
    // What failed while the controller was dead is sent again after eight seconds, then twelve, ...
    await eventually('what controllers did is found', async () => {
      found = await ground.found()
      return writesOf('pods').length > 0
    })
    await eventually('all of them are found', async () => {
      found = await ground.found()
      return writesOf('configmaps').length >= expected.length
    })
    assert.deepEqual(
      writesOf('configmaps')
        .map(({ name }) => name)
        .toSorted(),
      expected,
    )
    const [from, to] = [ground.times.away, ground.times.back].map(toSecond)
    for (const { writes } of found) {
      for (const time of writes.map((one) => toSecond(one.time))) {
        assert.ok(from !== undefined && to !== undefined && time >= from && time <= to, time)
      }
    }
  })

  test('are of who really wrote', () => {
    const actors = new Set(writesOf('configmaps').map(({ actor }) => actor))
    assert.deepEqual([...actors].toSorted(), [
      'admin',
      'alice',
      'system:serviceaccount:ci:deployer',
    ])
    const [borrowed] = writesOf('configmaps').filter(({ name }) => name === 'borrowed')
    assert.deepEqual(
      [borrowed?.actor, borrowed?.as, borrowed?.why],
      ['admin', 'system:serviceaccount:ci:deployer', 'NotAsked'],
    )
    const [removed] = writesOf('configmaps', 'delete')
    assert.deepEqual([removed?.actor, removed?.name], ['alice', 'stray'])
    const owners = found.map(({ actor }) => actor)
    assert.equal(new Set(owners).size, owners.length, 'one for each actor')
    assert.ok(!owners.some((actor) => actor.startsWith('system:serviceaccount:solewriter-system')))
  })

  test('are what the records say as well', async () => {
    const known = new Set(
      readRecords(ground.cluster)
        .filter((one) => one.gvr === 'v1/configmaps' && one.decision === 'allow' && !one.dryRun)
        .map(({ name }) => name),
    )
    for (const { name } of writesOf('configmaps')) assert.ok(!known.has(name), name)
    const compared = ground.reconcile('--from', ground.times.begun)
    const lists = [compared.unseen, compared.impersonations]
    const offline = lists.flatMap(({ list }) => list.filter(({ why }) => why !== 'own-work'))
    assert.deepEqual(
      [...new Set(offline.map(({ auditId }) => auditId))].toSorted(),
      idsOf(await ground.found()),
    )
    assert.equal(compared.raised, null)
  })

  test('are told to the sink, each once, though the controller was killed', async () => {
    found = await ground.found()
    const listed = idsOf(found)
    const told = () =>
      new Map(detected().map((event) => [stringAt(event, 'data', 'write', 'auditId'), event]))
    await eventually('the sink has all', () => told().size >= listed.length)
    assert.deepEqual(idsTold(told()), listed)
    const byId = Map.groupBy(detected(), (event) => stringAt(event, 'id'))
    assert.equal(byId.size, listed.length)
    for (const same of byId.values()) {
      for (const one of same) assert.deepEqual(one, same[0])
    }
  })

  test('are added by nothing that is told again, live or offline', async () => {
    const all = await ground.found()
    assert.equal(await ground.resend(), 200)
    const kubeconfig = ground.cluster.webhook?.kubeconfig ?? ''
    const since = ['--from', ground.times.begun]
    const { raised } = ground.reconcile(...since, '--raise', '--kubeconfig', kubeconfig)
    assert.ok(raised !== null && raised.length >= 3)
    for (const { postMortem, added } of raised) assert.equal(added, 0, postMortem)
    const facts = (list: readonly Found[]) => list.map(({ name, writes }) => [name, writes])
    assert.deepEqual(facts(await ground.found()), facts(all))
  })

  test('are counted', async () => {
    const metrics = await ground.metrics()
    assert.match(metrics, /^solewriter_bypass_detected_total\{why="NotAsked"\} [1-9]/m)
    assert.match(metrics, /^solewriter_audit_events_total\{outcome="decided"\} [1-9]/m)
    assert.match(metrics, /^solewriter_audit_lag_seconds [0-9.]+$/m)
  })

  test('have post-mortems that nobody makes or changes beside us', async () => {
    const { alice } = ground.users
    const own = found.find(({ actor }) => actor === 'alice')?.name ?? assert.fail()
    const kind = { apiVersion: 'solewriter.dev/v1alpha1', kind: 'PostMortem' }
    const hour = { from: '2026-01-01T00:00:00Z', to: '2026-01-01T01:00:00Z' }
    const spec = { bypass: { actor: 'bob', ...hour } }
    const forged = { ...kind, metadata: { name: 'pm-bypass-forged' }, spec }
    const made = await alice({ method: 'POST', path: postMortems, body: forged })
    assert.equal(made.status, 403, made.text)
    const type = 'application/merge-patch+json'
    const forgetting = { method: 'PATCH', path: `${postMortems}/${own}/status`, type }
    const kept = await alice({ ...forgetting, body: { status: { writes: [] } } })
    assert.equal(kept.status, 403, kept.text)
    assert.equal((await alice({ method: 'DELETE', path: `${postMortems}/${own}` })).status, 403)
    const review = { by: 'alice', verdict: 'justified', text: 'it had to be' }
    const reviewing = { method: 'PATCH', path: `${postMortems}/${own}`, type }
    const judged = await alice({ ...reviewing, body: { spec: { review } } })
    assert.match(judged.json.message ?? '', /nobody reviews their own writes/)
  })

  test('are closed by a review of somebody else', async () => {
    const own = found.find(({ actor }) => actor === 'alice')?.name ?? assert.fail()
    const phase = async () => {
      const { json } = await ground.users.admin({ method: 'GET', path: `${postMortems}/${own}` })
      return at(json as JsonObject, 'status', 'phase')
    }
    await eventually('nothing more is found', async () => (await phase()) === 'Resolved')
    const asUser = (user: string) => ['--kubeconfig', ground.cluster.kubeconfigs[user] ?? '']
    const shown = solewriter(['postmortem', 'show', own, ...asUser('bob')])
    assert.match(shown.stdout, /^actor +alice$/m)
    const close = ['postmortem', 'close', own, '--verdict', 'unjustified', '--notes', 'undone']
    const refused = solewriter([...close, ...asUser('alice')])
    assert.equal(refused.status, 1, refused.stderr)
    const closed = solewriter([...close, ...asUser('bob')])
    assert.equal(closed.status, 0, closed.stderr)
    assert.equal(closed.stdout, `${own} is closed: unjustified\n`)
    await eventually('the sink hears of it', () =>
      ground
        .events()
        .some(
          (event) =>
            at(event, 'correlationid') === own &&
            at(event, 'type') === 'dev.solewriter.postmortem.closed.v1',
        ),
    )
  })
})
