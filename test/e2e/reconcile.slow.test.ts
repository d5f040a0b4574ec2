import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Reconciliation } from '../../src/core/audit/reconcile/result.ts'
import { exchange } from '../cluster/http.ts'
import { layoutOf } from '../cluster/layout.ts'
import { filesBelow } from './files-below.ts'
import { changesIn, isTold } from './log-changes.ts'
import { canary, inOneCollection, runWrites, type Ran } from './reconcile-run.ts'

// Two thousand writes, dry runs and those of controllers not counted, and ten seconds without a
// configuration.

const size = { writes: 1000, awayMs: 10_000 }

let ran: Ran
let found: Reconciliation

before(async () => {
  ran = await runWrites(size)
})

after(async () => {
  await ran.stop()
})

interface Raising {
  readonly raised: readonly {
    readonly postMortem: string
    readonly actor: string
    readonly writes: number
    readonly added: number
  }[]
}

interface Listed {
  readonly items: readonly {
    readonly metadata: { readonly name: string }
    readonly status: { readonly count: number }
  }[]
}

type Finding = Reconciliation['unseen']['list'][number]

function unseen(resource: string, verb = 'create'): readonly Finding[] {
  return found.unseen.list.filter((one) => one.resource === resource && one.verb === verb)
}

/** Of those objects, the ones of whose creation we have a record. */
function recorded(gvr: string): ReadonlySet<string> {
  const records = ran.records.filter(
    (one) => one.gvr === gvr && one.op === 'CREATE' && one.decision === 'allow' && !one.dryRun,
  )
  return new Set(records.map(({ name }) => name))
}

describe('audit reconcile', () => {
  test('had two thousand writes to compare, and replicas that were killed among them', () => {
    assert.ok(ran.attempts >= 2000, `${ran.attempts} writes`)
    assert.ok(ran.killed.length >= 2, ran.killed.join(' '))
  })

  test('says no when there was a gap', () => {
    const ended = ran.reconcile('json', '--from', ran.times.begun, '--to', ran.times.ended)
    assert.equal(ended.status, 1, ended.stderr)
    found = JSON.parse(ended.stdout) as Reconciliation
    assert.equal(found.verdict, 'unexplained')
    assert.equal(found.contradictions.count, 0)
    assert.equal(found.withoutRecord.count, 0)
    assert.equal(found.withoutEvent.count, 0)
    assert.equal(found.unsure.count, 0)
    assert.deepEqual(found.notProvable, [])
  })

  test('finds exactly what the log shows that nobody asked us about, of whatever kind', () => {
    const changes = changesIn(ran.cluster.auditLog, [ran.times.begun, ran.times.ended])
    const expected = changes.filter((event) => !isTold(event))
    assert.equal(found.counts.written, changes.length)
    assert.equal(found.counts.decided, changes.length - expected.length)
    assert.equal(found.unseen.count, found.unseen.list.length)
    const described = expected.map(
      ({ auditID, verb, objectRef }) =>
        `${verb} ${objectRef?.resource} ${objectRef?.subresource ?? ''} ${auditID.slice(0, 36)}`,
    )
    const told = found.unseen.list.map(({ auditId, verb, resource }) => {
      const [main = '', sub = ''] = resource.split('/')
      return `${verb} ${main.split('.')[0]} ${sub} ${auditId.slice(0, 36)}`
    })
    assert.deepEqual(told.toSorted(), described.toSorted())
    const resources = new Set(expected.map(({ objectRef }) => objectRef?.resource))
    for (const one of ['configmaps', 'secrets', 'deployments', 'replicasets', 'pods']) {
      assert.ok(resources.has(one), one)
    }
  })

  test('finds exactly what people and the writer stored in the gap', () => {
    const known = recorded('v1/configmaps')
    const stored = [...ran.stored.alice, ...ran.stored.ci]
    const expected = [...stored.filter((name) => !known.has(name)), 'borrowed']
    assert.ok(expected.length > size.writes / 2, `${expected.length} in the gap`)
    assert.deepEqual(
      unseen('configmaps')
        .map(({ name }) => name)
        .toSorted(),
      expected.toSorted(),
    )
    // A person is never admitted: whatever she stored, she stored while nobody asked us.
    assert.deepEqual(
      [...ran.stored.alice].filter((name) => known.has(name)),
      [],
    )
    assert.ok([...ran.stored.ci].filter((name) => known.has(name)).length > size.writes / 3)
  })

  test('finds exactly what controllers made in the gap', () => {
    const [sets, pods] = [recorded('apps/v1/replicasets'), recorded('v1/pods')]
    assert.deepEqual(
      unseen('replicasets.apps')
        .map(({ name }) => name)
        .toSorted(),
      // That of the fixture is from before.
      ran.made.replicasets.filter((name) => !sets.has(name) && !name.startsWith('web-')).toSorted(),
    )
    // The API server names Pods when their event has begun.
    assert.equal(unseen('pods').length, ran.made.pods.filter((name) => !pods.has(name)).length)
    assert.ok(unseen('pods').length > 0)
  })

  test('finds nothing beside the gap', () => {
    const times = found.unseen.list.map(({ time }) => time).toSorted()
    assert.ok((times[0] ?? '') >= ran.times.away)
    assert.ok((times.at(-1) ?? '~') <= ran.times.back)
    assert.equal(found.gaps.length, 1)
    assert.equal(found.gaps[0]?.writes, found.unseen.count)
    assert.equal(found.gaps[0]?.after?.name, 'solewriter')
    for (const [from, to] of [
      [ran.times.begun, ran.times.away],
      [ran.times.back, ran.times.ended],
    ] as const) {
      const ended = ran.reconcile('json', '--from', from, '--to', to)
      assert.equal(ended.status, 0, ended.stdout.slice(0, 2000))
      const beside = JSON.parse(ended.stdout) as Reconciliation
      assert.ok(beside.counts.decided > size.writes / 4)
      assert.ok(beside.counts.denied >= beside.counts.decided / 4)
    }
  })

  test('is not misled by a removal whose URL says that it is none', () => {
    const removed = unseen('configmaps', 'delete')
    assert.deepEqual(
      removed.map(({ user, name }) => [user, name]),
      [['alice', 'stray']],
    )
  })

  test('names who borrowed the name of a writer', () => {
    assert.deepEqual(
      found.impersonations.list.map(({ user, impersonator, name }) => [user, impersonator, name]),
      [['system:serviceaccount:ci:deployer', 'admin', 'borrowed']],
    )
  })

  test('names who took the configuration away', () => {
    const changes = found.changes.list.filter(({ about }) => about === 'admission')
    assert.deepEqual(
      changes.map(({ user, verb, name }) => [user, verb, name]),
      [
        ['admin', 'delete', 'solewriter'],
        ['admin', 'create', 'solewriter'],
      ],
    )
  })

  test('knows the decisions about a collection, which has one event', () => {
    assert.equal(found.counts.ofCollections, inOneCollection.length - 1)
  })

  test('had retries and exempt writes to tell apart', () => {
    assert.ok(found.counts.retries > 0)
    const conditions = found.exempt.map(({ condition }) => condition)
    assert.ok(conditions.includes('control-plane-leases'), conditions.join(' '))
  })

  test('tells people the same', () => {
    const { stdout } = ran.reconcile('text', '--from', ran.times.begun, '--to', ran.times.ended)
    assert.match(stdout, /^unseen: written without being asked about \(\d+\)\nTIME /)
    assert.match(stdout, /^and \d+ more$/m)
    const summary = `^not ok: \\d+ writes, ${found.counts.decided} with a decision, ${found.unseen.count} unseen, `
    assert.match(stdout, new RegExp(summary, 'm'))
  })

  test('raises a post-mortem for each actor when it is told to, once', async () => {
    const period = ['--from', ran.times.begun, '--to', ran.times.ended]
    const raise = (kubeconfig = '') =>
      ran.reconcile('json', ...period, '--raise', '--kubeconfig', kubeconfig)
    const { cluster } = ran
    const byHand = raise(cluster.kubeconfigs['alice'])
    assert.equal(byHand.status, 3, byHand.stdout.slice(0, 200))
    assert.match(byHand.stderr, /create postmortems .* answers 403/)
    const { raised } = JSON.parse(raise(cluster.webhook?.kubeconfig).stdout) as Raising
    const actors = raised.map(({ actor }) => actor)
    for (const actor of ['alice', 'admin', 'system:serviceaccount:ci:deployer']) {
      assert.ok(actors.includes(actor), actor)
    }
    assert.ok(raised.every(({ writes, added }) => writes === added))
    const own = found.unseen.list.filter(({ why }) => why === 'own-work')
    assert.ok(own.length > 0, 'our own work is unseen as well, and raises nothing')
    const sum = raised.reduce((all, { writes }) => all + writes, 0)
    assert.equal(sum, found.unseen.count - own.length)
    const again = JSON.parse(raise(cluster.webhook?.kubeconfig).stdout) as Raising
    assert.deepEqual(
      again.raised,
      raised.map((one) => ({ ...one, added: 0 })),
    )
    const list = await cluster.kubectl('admin', ['get', 'postmortems', '-o', 'json'])
    const { items } = JSON.parse(list.stdout) as Listed
    assert.deepEqual(
      items.map(({ metadata, status }) => `${metadata.name} ${status.count}`).toSorted(),
      raised.map(({ postMortem, writes }) => `${postMortem} ${writes}`).toSorted(),
    )
  })

  test('prints no value, no URL, and neither do records, logs and metrics', async () => {
    for (const format of ['json', 'text'] as const) {
      const { stdout } = ran.reconcile(format, '--from', ran.times.begun)
      assert.match(stdout, /alice/)
      assert.doesNotMatch(stdout, new RegExp(canary))
    }
    const { webhook, dir, auditLog } = ran.cluster
    const files = [layoutOf(dir).logs, webhook?.records ?? ''].flatMap((place) => filesBelow(place))
    const isForeign = /(?:kube-apiserver|etcd|kube-controller-manager)\.log$/
    const ours = files.filter(({ file }) => file !== auditLog && !isForeign.test(file))
    assert.ok(ours.length > 4)
    for (const one of ours) assert.doesNotMatch(one.text, new RegExp(canary), one.file)
    assert.doesNotMatch((await exchange({ url: webhook?.metrics ?? '' })).text, new RegExp(canary))
  })
})
