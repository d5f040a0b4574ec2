import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import { at, stringAt, type Json, type JsonObject } from '../../src/core/manifest/json.ts'
import { readState } from '../cluster/state.ts'
import { startGround, type Ground } from './break-glass-ground.ts'
import { eventually } from './eventually.ts'
import { assertTaken } from './refusals.ts'
import type { ApiAnswer, Requester } from './requester.ts'
import { openUseWitness, type UseWitness } from './use-witness.ts'

// `kill -9` of every replica at a step of a use: before the API server stores it, and after. The API
// server asks the test in between.

const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-killed-steps-'))
const eventsFile = path.join(dir, 'events.jsonl')
const row = { apiGroups: [''], resources: ['configmaps'], namespaces: ['web'], fields: ['*'] }
const details = [{ ...row, operations: ['CREATE' as const] }]
let witness: UseWitness
let ground: Ground
let alice: Requester

before(async () => {
  witness = await openUseWitness()
  const setup = path.join(dir, 'witness.yaml')
  writeFileSync(setup, stringify(witness.configuration))
  const sinks = [{ name: 'events', kind: 'file', path: eventsFile }]
  ground = await startGround({ setup: [setup], breakGlass: { sinks } })
  alice = ground.as('alice')
})

after(async () => {
  await ground.end()
  await witness.close()
  rmSync(dir, { recursive: true })
})

const replicas = ['serve-0', 'serve-1', 'serve-2']

function create(name: string): Promise<ApiAnswer> {
  const body = { metadata: { name } }
  return alice({ method: 'POST', path: '/api/v1/namespaces/web/configmaps', body })
}

async function isThere(name: string): Promise<boolean> {
  const path = `/api/v1/namespaces/web/configmaps/${name}`
  return (await ground.as('admin')({ method: 'GET', path })).status === 200
}

const killAll = () => Promise.all(replicas.map((one) => ground.cluster.kill(one, 'SIGKILL')))

/** Nobody of them goes on; whoever asked the API server is still there for it. */
function stopAll(): void {
  const { pids } = readState(ground.cluster.dir) ?? assert.fail()
  for (const one of replicas) process.kill(pids[one] ?? assert.fail(), 'SIGSTOP')
}

/** Asked at the next use, and refusing all after it. */
function atTheNextUse(act: () => Promise<boolean>): void {
  witness.onUse = () => {
    witness.onUse = () => Promise.resolve(false)
    return act()
  }
}

async function startAll(): Promise<void> {
  witness.onUse = () => Promise.resolve(true)
  await Promise.all(replicas.map((one) => ground.cluster.start(one)))
}

async function usesOf(name: string): Promise<readonly JsonObject[]> {
  const uses = at((await ground.grant(name)) as unknown as JsonObject, 'status', 'uses')
  return (uses ?? []) as readonly JsonObject[]
}

async function untilJudged(grant: string, states: readonly string[]): Promise<void> {
  await eventually(`the uses are ${states.join(', ')}`, async () => {
    const found = (await usesOf(grant)).map((use) => use['state'])
    return JSON.stringify(found) === JSON.stringify(states)
  })
}

/** By id: what was told of uses of the grant. */
function toldUses(grant: string): ReadonlyMap<string, number> {
  const lines = readFileSync(eventsFile, 'utf8').trimEnd().split('\n')
  const events = lines.map((line) => JSON.parse(line) as JsonObject)
  const used = events.filter(
    (one) =>
      one['type'] === 'dev.solewriter.breakglass.use.admitted.v1' && one['correlationid'] === grant,
  )
  return new Map(
    used.map((one) => [stringAt(one, 'id') ?? '', Number(at(one['data'] as Json, 'use', 'n'))]),
  )
}

async function untilTold(grant: string, numbers: readonly number[]): Promise<void> {
  await eventually(`uses ${numbers.join()} are told`, () =>
    Promise.resolve(JSON.stringify([...toldUses(grant).values()]) === JSON.stringify(numbers)),
  )
}

/** Nobody tells or follows anything of it any more: what is stored next meets no other write. */
async function untilQuiet(grant: string): Promise<void> {
  const version = async () => {
    const stored = (await ground.grant(grant)) as unknown as JsonObject
    return stringAt(stored, 'metadata', 'resourceVersion')
  }
  await eventually('the grant is quiet', async () => {
    const before = await version()
    await sleep(3000)
    return (await version()) === before
  })
}

test('killed before the use is stored: nothing is written, and the next try is the first use', async () => {
  const grant = await ground.activate({ details })
  await untilQuiet(grant)
  atTheNextUse(async () => {
    await killAll()
    return false
  })
  assert.equal((await create('before')).status, 500)
  assert.equal(await isThere('before'), false)
  assert.deepEqual(await usesOf(grant), [])

  await startAll()
  assertTaken(await create('before'), 201)
  await untilJudged(grant, ['Committed'])
  await untilTold(grant, [1])
  assertTaken(await alice(endOf(grant)))
})

test('killed after the use is stored: nothing is written either, and the use says so', async () => {
  const grant = await ground.activate({ details })
  await untilQuiet(grant)
  atTheNextUse(async () => {
    // A replica is asked about the use as well, beside the witness, and has to have answered.
    await sleep(500)
    stopAll()
    return true
  })
  const writing = create('after')
  await eventually('the use is stored', async () => (await usesOf(grant)).length === 1)
  await killAll()
  assert.equal((await writing).status, 500)
  assert.equal(await isThere('after'), false)

  await startAll()
  assertTaken(await create('other'), 201)
  await untilJudged(grant, ['NotCommitted', 'Committed'])
  await untilTold(grant, [1, 2])
  assertTaken(await alice(endOf(grant)))
})

function endOf(grant: string) {
  return {
    method: 'PATCH',
    path: `/apis/solewriter.dev/v1alpha1/breakglassgrants/${grant}`,
    body: { spec: { ended: true } },
    type: 'application/merge-patch+json',
  }
}
