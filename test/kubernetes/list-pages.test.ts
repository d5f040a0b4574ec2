import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stringAt, type JsonObject } from '../../src/core/manifest/json.ts'
import type { Api, ApiAnswer } from '../../src/kubernetes/api.ts'
import { listPages } from '../../src/kubernetes/list-pages.ts'

const served = {
  group: '',
  version: 'v1',
  resource: 'configmaps',
  kind: 'ConfigMap',
  isNamespaced: true,
}
const { signal } = new AbortController()

interface Told {
  readonly api: Api
  /** Query of each request. */
  readonly asked: URLSearchParams[]
}

/** An API server that gives these answers, one after the other. */
function answering(
  ...answers: readonly (Partial<ApiAnswer> & { readonly status: number })[]
): Told {
  const asked: URLSearchParams[] = []
  const api: Api = {
    host: 'fake',
    send: ({ path }) => {
      asked.push(new URLSearchParams(path.split('?')[1]))
      const answer = answers[asked.length - 1]
      assert.ok(answer, `nobody should ask again: ${path}`)
      return Promise.resolve({ body: undefined, headers: {}, ...answer })
    },
    stream: () => Promise.reject(new Error('nobody should watch')),
    close: () => undefined,
  }
  return { api, asked }
}

function page(names: readonly string[], next = '', version = '7') {
  const items = names.map((name): JsonObject => ({ metadata: { name, namespace: 'pay' } }))
  const metadata = { resourceVersion: version, ...(next && { continue: next }) }
  return { status: 200, body: { metadata, items } }
}

async function namesFrom(api: Api, isMetadataOnly = false): Promise<readonly string[]> {
  const names: string[] = []
  for await (const objects of listPages({ api, served, namespace: '', isMetadataOnly, signal })) {
    for (const one of objects) {
      assert.equal(one['kind'], 'ConfigMap')
      names.push(stringAt(one, 'metadata', 'name') ?? '')
    }
  }
  return names
}

test('pages follow each other, and objects get the type that lists leave out', async () => {
  const { api, asked } = answering(page(['a', 'b'], 'next'), page(['c']))
  assert.deepEqual(await namesFrom(api), ['a', 'b', 'c'])
  assert.deepEqual(
    asked.map((query) => [query.get('limit'), query.get('continue')]),
    [
      ['100', null],
      ['500', 'next'],
    ],
  )
})

test('an empty list of metadata is null', async () => {
  const body = { metadata: { resourceVersion: '7' }, items: null }
  const { api } = answering({ status: 200, body })
  assert.deepEqual(await namesFrom(api, true), [])
})

test('what the API server has forgotten is begun again behind what was given', async () => {
  const { api } = answering(
    page(['a', 'b'], 'next'),
    { status: 410 },
    page(['a', 'aa', 'b', 'c'], 'more', '9'),
    page(['d'], '', '9'),
  )
  assert.deepEqual(await namesFrom(api), ['a', 'b', 'c', 'd'])
})

test('a page of another moment is begun again, too', async () => {
  const { api } = answering(page(['a'], 'next'), page(['b'], '', '8'), page(['a', 'b'], '', '8'))
  assert.deepEqual(await namesFrom(api), ['a', 'b'])
})

test('a list that is never whole is not known', async () => {
  const forgotten = Array.from({ length: 10 }, () => ({ status: 410 }))
  await assert.rejects(namesFrom(answering(...forgotten).api), { code: 'ClusterUnreachable' })
})

test('a kind that has gone has no objects', async () => {
  assert.deepEqual(await namesFrom(answering({ status: 404 }).api), [])
})

test('a refusal says which permission is lacking', async () => {
  await assert.rejects(namesFrom(answering({ status: 403 }).api), {
    code: 'ClusterUnreachable',
    message: 'our account may not list configmaps: its role must allow it',
  })
})

test('large objects make small pages', async () => {
  const large = { metadata: { name: 'a', namespace: 'pay' }, data: { a: 'x'.repeat(1024 * 1024) } }
  const first = { metadata: { resourceVersion: '7', continue: 'next' }, items: [large] }
  const { api, asked } = answering({ status: 200, body: first }, page(['b']))
  assert.deepEqual(await namesFrom(api), ['a', 'b'])
  assert.equal(asked[1]?.get('limit'), '3')
})
