import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { bypassesOf, type UnseenWrite } from '../../src/core/breakglass/post-mortem-bypass.ts'
import { at, stringAt, type Json, type JsonObject } from '../../src/core/manifest/json.ts'
import type { Api, ApiAnswer } from '../../src/kubernetes/api.ts'
import { keepBypass } from '../../src/kubernetes/bypass-post-mortems.ts'

type ApiRequest = Parameters<Api['send']>[0]

const noon = Date.UTC(2026, 7, 24, 12)
const { signal } = new AbortController()

function writes(from: number, to: number): readonly UnseenWrite[] {
  return Array.from({ length: to - from }, (_, i) => ({
    auditId: `audit-${from + i}`,
    time: noon + from + i,
    actor: 'alice',
    verb: 'create',
    resource: 'configmaps',
    namespace: 'shop',
    name: `m${from + i}`,
    code: 201,
    why: 'NotAsked' as const,
    sourceIps: [],
  }))
}

/** PostMortems as an API server keeps them, with what others do in between. */
class FakeServer {
  readonly objects = new Map<string, JsonObject>()
  /** Nothing is done from then on, as for one that was killed. */
  diesAfter = Infinity
  requests = 0
  #version = 0

  api(): Api {
    return {
      host: 'fake',
      send: (request) => this.#send(request),
      stream: () => assert.fail('nothing is watched'),
      close: () => undefined,
    }
  }

  get counts(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(
      Array.from(this.objects, ([name, object]) => [name, at(object, 'status', 'count')]),
    )
  }

  review(name: string, review: JsonObject): void {
    const object = this.objects.get(name) ?? assert.fail(name)
    this.#put(name, { ...object, spec: { ...(object['spec'] as JsonObject), review } })
  }

  async #send({ method, path, body }: ApiRequest): Promise<ApiAnswer> {
    this.requests += 1
    if (this.requests > this.diesAfter) throw new Error('killed')
    await sleep(1)
    const [, name = ''] = /\/postmortems(?:\/([^/]+))?/.exec(path) ?? []
    if (method === 'POST') return this.#create(body)
    const stored = this.objects.get(name)
    if (stored === undefined) return answer(404)
    if (method === 'GET') return answer(200, stored)
    assert.ok(path.endsWith('/status') && method === 'PATCH')
    const version = at(body, 'metadata', 'resourceVersion')
    if (version !== at(stored, 'metadata', 'resourceVersion')) return answer(409)
    const status = {
      ...(at(stored, 'status') as JsonObject),
      ...(at(body, 'status') as JsonObject),
    }
    this.#put(name, { ...stored, status })
    return answer(200, stored)
  }

  #create(body: Json | undefined): ApiAnswer {
    const name = stringAt(body, 'metadata', 'name') ?? ''
    if (this.objects.has(name)) return answer(409)
    this.#put(name, body as JsonObject)
    return answer(201, this.objects.get(name))
  }

  #put(name: string, object: JsonObject): void {
    this.#version += 1
    const metadata = { name, resourceVersion: String(this.#version) }
    this.objects.set(name, { ...object, metadata })
  }
}

function answer(status: number, body: Json = {}): ApiAnswer {
  return { status, headers: {}, body }
}

describe('unseen writes are kept', () => {
  let server: FakeServer
  beforeEach(() => {
    server = new FakeServer()
  })
  const keep = (from: number, to: number) => {
    const [bypass = assert.fail()] = bypassesOf(writes(from, to))
    return keepBypass(server.api(), bypass, signal)
  }

  test('once, however often they are told', async () => {
    const first = await keep(0, 5)
    assert.equal(first.added.length, 5)
    const again = await keep(0, 5)
    assert.deepEqual([again.name, again.added.length], [first.name, 0])
    assert.deepEqual(server.counts, { [first.name]: 5 })
  })

  test('by many replicas at a time, which make one', async () => {
    const all = await Promise.all([
      keep(0, 10),
      keep(5, 15),
      keep(0, 10),
      keep(12, 20),
      keep(0, 20),
    ])
    assert.equal(new Set(all.map(({ name }) => name)).size, 1)
    assert.deepEqual(Object.values(server.counts), [20])
    const added = all.flatMap((one) => one.added.map(({ auditId }) => auditId))
    assert.equal(added.length, 20, 'each is added by one of them')
    assert.equal(new Set(added).size, 20)
  })

  test('by one that dies at any step, and is told again', async () => {
    for (let step = 0; step < 6; step += 1) {
      server = new FakeServer()
      server.diesAfter = step
      await keep(0, 5).catch(() => undefined)
      server.diesAfter = Infinity
      await keep(0, 5)
      assert.deepEqual(Object.values(server.counts), [5], `after ${step} requests`)
    }
  })

  test('in the next one, once the first is reviewed', async () => {
    const { name } = await keep(0, 3)
    server.review(name, { by: 'bob', verdict: 'justified' })
    const next = await keep(1, 6)
    assert.deepEqual([next.name, next.added.length], [`${name}-2`, 3])
    assert.equal((await keep(0, 6)).added.length, 0)
    assert.deepEqual(server.counts, { [name]: 3, [`${name}-2`]: 3 })
  })

  test('or it is said that they are not', async () => {
    const [bypass = assert.fail()] = bypassesOf(writes(0, 1))
    const api: Api = { ...server.api(), send: () => Promise.resolve(answer(403)) }
    await assert.rejects(keepBypass(api, bypass, signal), { code: 'ClusterUnreachable' })
  })
})
