import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClusterLists } from '../../../src/cli/console/cluster-lists.ts'
import type { Api, ApiAnswer } from '../../../src/kubernetes/api.ts'
import type { ApiRequest } from '../../../src/kubernetes/exchange.ts'

interface Asked {
  readonly request: ApiRequest
  answer(status: number, body?: ApiAnswer['body']): void
}

/** An API server whose answers are given by hand. */
function start() {
  const asked: Asked[] = []
  const clock = { now: 0 }
  const api: Api = {
    host: 'x',
    send: (request) =>
      new Promise((resolve) => {
        const answer = (status: number, body?: ApiAnswer['body']) => {
          resolve({ status, body, headers: {} })
        }
        asked.push({ request, answer })
      }),
    stream: () => Promise.reject(new Error('nothing is streamed')),
    close: () => undefined,
  }
  const lists = createClusterLists({ api, namespace: 'gate', now: () => clock.now })
  return { asked, clock, lists }
}

const one = { items: [{ metadata: { name: 'a' } }] }

test('all who look at once share one answer, which ends with none of them', async () => {
  const { asked, lists } = start()
  const answers = [lists.grants(), lists.grants()]
  assert.equal(asked[0]?.request.signal, undefined)
  asked[0]?.answer(200, one)
  for (const answer of await Promise.all(answers)) {
    assert.deepEqual(answer, { kind: 'read', objects: one.items })
  }
  assert.equal(asked.length, 1)
})

test('an answer is good for two seconds, and a failure for nobody else', async () => {
  const { asked, clock, lists } = start()
  const first = lists.pods()
  asked[0]?.answer(403, { reason: 'Forbidden' })
  assert.deepEqual(await first, {
    kind: 'unknown',
    why: 'pods could not be read: list pods: the API server answers 403 Forbidden.',
  })
  const second = lists.pods()
  asked[1]?.answer(200, one)
  assert.equal((await second).kind, 'read')
  clock.now += 1999
  assert.equal((await lists.pods()).kind, 'read')
  assert.equal(asked.length, 2)
  clock.now += 1
  const third = lists.pods()
  asked[2]?.answer(404)
  assert.deepEqual(await third, { kind: 'read', objects: [] })
  const path = '/api/v1/namespaces/gate/pods?labelSelector=app.kubernetes.io%2Fname%3Dsolewriter'
  assert.deepEqual(
    asked.map(({ request }) => request.path),
    [path, path, path],
  )
})
