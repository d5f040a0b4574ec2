import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, before, test } from 'node:test'
import { startGround, type Ground } from './break-glass-ground.ts'
import type { ApiAnswer, Requester } from './requester.ts'

// Replicas that are killed between the use that they store and the answer that they owe.

const maxUses = 100
const row = { apiGroups: [''], resources: ['configmaps'], namespaces: ['web'], fields: ['*'] }
let ground: Ground
let alices: readonly Requester[]

before(async () => {
  ground = await startGround()
  alices = Array.from({ length: 7 }, () => ground.as('alice'))
})

after(async () => {
  await ground.end()
})

function create(name: string, i: number): Promise<ApiAnswer> {
  const alice = alices[i % alices.length] ?? assert.fail()
  const body = { metadata: { name } }
  return alice({ method: 'POST', path: '/api/v1/namespaces/web/configmaps', body })
}

async function stored(): Promise<ReadonlySet<string>> {
  const path = '/api/v1/namespaces/web/configmaps'
  const { json } = await ground.as('admin')({ method: 'GET', path })
  const items = json['items'] as readonly { readonly metadata: { readonly name: string } }[]
  return new Set(items.map(({ metadata }) => metadata.name).filter((name) => /^k\d/.test(name)))
}

test('whatever is written has its use, and each use is one write or none', async () => {
  const operations = ['CREATE' as const]
  const name = await ground.activate({ details: [{ ...row, operations }], maxUses })
  const answers = new Map<string, number>()
  const write = async (round: number) => {
    const names = Array.from({ length: 8 }, (_, i) => `k${round}-${i}`)
    const all = await Promise.all(names.map(create))
    for (const [i, one] of names.entries()) answers.set(one, all[i]?.status ?? 0)
  }
  for (const [kill, component] of ['serve-0', 'serve-1', 'serve-2'].entries()) {
    const writing = (async () => {
      for (let round = kill * 4; round < kill * 4 + 4; round += 1) await write(round)
    })()
    await sleep(50)
    await ground.cluster.kill(component, 'SIGKILL')
    await writing
    await ground.cluster.start(component)
  }

  const uses = (await ground.grant(name)).status?.uses ?? []
  const used = new Set(uses.map(({ target }) => target['name'] ?? ''))
  const written = await stored()
  for (const one of written) assert.ok(used.has(one), `${one} was written without a use`)
  for (const [one, status] of answers) {
    if (status === 201) assert.ok(written.has(one), `${one} was answered and not written`)
  }
  const statuses = new Set(answers.values())
  assert.ok(statuses.has(201) && statuses.has(500), `a kill was noticed: ${[...statuses].join()}`)
  assert.equal(used.size, uses.length)
  assert.equal(new Set(uses.map(({ fingerprint }) => fingerprint)).size, uses.length)
})
