import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { approvalName, scopeDigest } from '../../src/core/breakglass/approval.ts'
import type { JsonObject } from '../../src/core/manifest/json.ts'
import {
  grants,
  patch,
  postMortems,
  scaleTo,
  scaling,
  startGround,
  type Ground,
} from './break-glass-ground.ts'
import { eventually } from './eventually.ts'
import { readRecords } from './records.ts'
import { assertRefused, assertTaken, refusalOf } from './refusals.ts'
import type { ApiAnswer, ApiRequest, Requester } from './requester.ts'

// Many at once, over three replicas that know of each other by the grant alone.

const approvals = '/apis/solewriter.dev/v1alpha1/breakglassapprovals'
const pods = Array.from({ length: 100 }, (_, i) => `p${i}`)
/** What runs on a node that nobody keeps. */
const drained = Array.from({ length: 50 }, (_, i) => `d${i}`)
const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } }
const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-pods-'))

let ground: Ground
/** Each has eight connections. */
let alices: readonly Requester[]

before(async () => {
  const setup = path.join(dir, 'pods.json')
  const onNode = drained.map((name) => toPod(name, node.metadata.name))
  const items = [node, ...pods.map((name) => toPod(name)), ...onNode]
  writeFileSync(setup, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  ground = await startGround([setup])
  alices = Array.from({ length: 7 }, () => ground.as('alice'))
})

after(async () => {
  await ground.end()
  rmSync(dir, { recursive: true })
})

function toPod(name: string, nodeName?: string): object {
  const spec = { containers: [{ name: 'main', image: 'example.com/a:1' }], nodeName }
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'pay' }, spec }
}

function atOnce(requests: readonly ApiRequest[]): Promise<readonly ApiAnswer[]> {
  return Promise.all(
    requests.map((request, i) => alices[i % alices.length]?.(request) ?? assert.fail()),
  )
}

/** `200 3`, `403 GrantExhausted 7` */
function counted(answers: readonly ApiAnswer[]): Readonly<Record<string, number>> {
  const words = answers.map((one) => [one.status, refusalOf(one)?.reason ?? ''].join(' ').trim())
  return Object.fromEntries(
    [...Map.groupBy(words, (word) => word)].map(([word, all]) => [word, all.length]),
  )
}

async function usesOf(name: string) {
  return (await ground.grant(name)).status?.uses ?? []
}

async function end(name: string): Promise<void> {
  const [alice = assert.fail()] = alices
  assertTaken(await alice(patch(`${grants}/${name}`, { spec: { ended: true } })))
}

describe('at once', () => {
  test('one token makes one grant, however often it is sent', async () => {
    const token = ground.token({ details: [scaling] })
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => ground.create(token, alices[i % alices.length])),
    )
    assert.deepEqual(counted(answers), { '201': 1, '409': 49 })
    await end(token.grant)
  })

  test('ten writes on three uses: three are admitted, and three uses are stored', async () => {
    const name = await ground.activate({ details: [configMaps], maxUses: 3 })
    const writes = Array.from({ length: 10 }, (_, i) => ({
      method: 'POST',
      path: '/api/v1/namespaces/web/configmaps',
      body: { metadata: { name: `c${i}` } },
    }))
    const answers = await atOnce(writes)
    assert.deepEqual(counted(answers), { '201': 3, '403 GrantExhausted': 7 })
    const uses = await usesOf(name)
    assert.deepEqual(
      uses.map(({ n }) => n),
      [1, 2, 3],
    )
    assert.equal(new Set(uses.map(({ fingerprint }) => fingerprint)).size, 3)
    await end(name)
  })

  test('fifty evictions and fifty deletions are all admitted, each as a use of its own', async () => {
    const name = await ground.activate({
      details: [
        { ...pay, resources: ['pods/eviction'], operations: ['CREATE'], fields: ['*'] },
        { ...pay, resources: ['pods'], operations: ['DELETE'] },
      ],
    })
    const answers = await atOnce(
      pods.map((pod, i) => {
        const target = `/api/v1/namespaces/pay/pods/${pod}`
        if (i % 2 === 1) return { method: 'DELETE', path: target }
        const metadata = { name: pod, namespace: 'pay' }
        const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata }
        return { method: 'POST', path: `${target}/eviction`, body }
      }),
    )
    assert.deepEqual(counted(answers), { '200': 50, '201': 50 })
    const uses = await usesOf(name)
    assert.deepEqual(new Set(uses.map(({ target }) => target['name'])), new Set(pods))
    assert.equal(uses.length, 100)
    const admitted = readRecords(ground.cluster).filter(
      ({ reason, rule }) => reason === 'BreakGlass' && rule === name,
    )
    const writers = new Set(admitted.map(({ writer }) => writer.split('/')[0]))
    assert.equal(writers.size, 3, 'all replicas took part')
    await end(name)
  })

  test('kubectl drain empties a node of fifty Pods, and each eviction is stored', async () => {
    const name = await ground.activate({
      details: [
        {
          apiGroups: [''],
          resources: ['nodes'],
          operations: ['UPDATE'],
          names: [node.metadata.name],
          fields: ['spec.unschedulable'],
        },
        { ...pay, resources: ['pods/eviction'], operations: ['CREATE'], fields: ['*'] },
      ],
    })
    const flags = ['--force', '--grace-period=0', '--timeout=120s']
    const { code, stdout, stderr } = await ground.cluster.kubectl('alice', [
      'drain',
      node.metadata.name,
      ...flags,
    ])
    assert.equal(code, 0, stderr)
    assert.match(stdout, /node\/n1 drained/)
    assert.doesNotMatch(stderr, /RecordFailed/)
    const uses = await usesOf(name)
    const evicted = uses.filter(({ op }) => op === 'CREATE').map(({ target }) => target['name'])
    assert.equal(evicted.length, drained.length)
    assert.deepEqual(new Set(evicted), new Set(drained))
    assert.equal(uses.length, drained.length + 1, 'the cordon is one of them')
    const failed = readRecords(ground.cluster).filter(({ reason }) => reason === 'RecordFailed')
    assert.deepEqual(failed, [])
    await end(name)
  })

  test('each admitted write has its use, whoever ends the grant meanwhile', async () => {
    const name = await ground.activate({ details: [configMaps] })
    const writes = Array.from({ length: 20 }, (_, i) => ({
      method: 'POST',
      path: '/api/v1/namespaces/web/configmaps',
      body: { metadata: { name: `d${i}` } },
    }))
    const [answers] = await Promise.all([atOnce(writes), end(name)])
    const taken = writes.filter((_, i) => answers[i]?.status === 201)
    const refused = answers.filter(({ status }) => status !== 201)
    for (const answer of refused) assert.equal(refusalOf(answer)?.reason, 'GrantEnded')
    const used = new Set((await usesOf(name)).map(({ target }) => target['name']))
    for (const { body } of taken) assert.ok(used.has(body.metadata.name), body.metadata.name)
  })
})

const pay = { apiGroups: [''], namespaces: ['pay'] } as const
const configMaps = {
  apiGroups: [''],
  resources: ['configmaps'],
  operations: ['CREATE'],
  namespaces: ['web'],
  fields: ['*'],
} as const

describe('a grant that takes somebody else', () => {
  test('admits nothing before it is approved, and not by its holder', async () => {
    const [bob, admin] = ['bob', 'admin'].map((user) => ground.as(user)) as [Requester, Requester]
    const [alice = assert.fail()] = alices
    const token = ground.token({ details: [scaling], user: 'bob' })
    assertTaken(await ground.create(token, bob), 201)
    const phaseIs = (phase: string) => async () =>
      (await ground.grant(token.grant)).status?.phase === phase
    await eventually('it waits', phaseIs('Pending'))
    assertRefused(await bob(scaleTo(7)), 'GrantPending')
    const { json } = await admin({ method: 'GET', path: `${grants}/${token.grant}` })
    const approvalOf = (by: string) => ({
      method: 'POST',
      path: approvals,
      body: {
        apiVersion: 'solewriter.dev/v1alpha1',
        kind: 'BreakGlassApproval',
        metadata: { name: approvalName(token.grant, by) },
        spec: {
          grant: token.grant,
          by,
          group: 'sre-oncall',
          scope: scopeDigest(json as JsonObject),
        },
      },
    })
    assertRefused(await bob(approvalOf('bob')), 'Protected')
    assertRefused(await bob(approvalOf('alice')), 'Protected')
    assertTaken(await alice(approvalOf('alice')), 201)
    await eventually('it is active', phaseIs('Active'))
    assertTaken(await bob(scaleTo(7)))
    assertTaken(await bob(patch(`${grants}/${token.grant}`, { spec: { ended: true } })))
  })
})

describe('with the controller dead', () => {
  test('a token is activated, used and ended; what the controller is for follows once it is back', async () => {
    await ground.cluster.kill('controller', 'SIGKILL')
    const [alice = assert.fail()] = alices
    const name = await ground.activate({ details: [scaling] })
    assertTaken(await alice(scaleTo(4)))
    await end(name)
    assert.equal(refusalOf(await alice(scaleTo(5)))?.reason, 'GrantEnded')
    const { spec, status } = await ground.grant(name)
    assert.ok(spec.token !== undefined && spec.token !== '')
    assert.equal(status?.uses?.length, 1)

    await ground.cluster.start('controller')
    await eventually('its token is cleared and its phase told', async () => {
      const { spec: now, status: told } = await ground.grant(name)
      return now.token === undefined && told?.phase === 'Ended'
    })
    await eventually('its post-mortem tells the use', async () => {
      const admin = ground.as('admin')
      const { json } = await admin({
        method: 'GET',
        path: `${postMortems}/${name.replace('bg-', 'pm-')}`,
      })
      const { status: told } = json as { status?: { uses?: unknown[]; grantPhase?: string } }
      return told?.uses?.length === 1 && told.grantPhase === 'Ended'
    })
  })
})

describe('with two of three replicas dead', () => {
  test('the third one admits, and stores each use', async () => {
    await Promise.all([0, 1].map((i) => ground.cluster.kill(`serve-${i}`, 'SIGKILL')))
    const [alice = assert.fail()] = alices
    const token = ground.token({ details: [scaling] })
    await eventually('the address in front knows', async () => {
      const { status } = await ground.create(token)
      return status === 201 || status === 409
    })
    await eventually('a write is admitted', async () => (await alice(scaleTo(6))).status === 200)
    assert.equal((await usesOf(token.grant)).length, 1)
    await end(token.grant)
  })
})
