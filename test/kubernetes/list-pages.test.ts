import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GuardError } from '../../src/core/errors.ts'
import { stringAt, type JsonObject } from '../../src/core/manifest/json.ts'
import type { Api, ApiAnswer } from '../../src/kubernetes/api.ts'
import { listPages, type ListRefusal } from '../../src/kubernetes/list-pages.ts'

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
  ...answers: readonly ((Partial<ApiAnswer> & { readonly status: number }) | Error)[]
): Told {
  const asked: URLSearchParams[] = []
  const api: Api = {
    host: 'fake',
    send: ({ path }) => {
      asked.push(new URLSearchParams(path.split('?')[1]))
      const answer = answers[asked.length - 1]
      assert.ok(answer, `nobody should ask again: ${path}`)
      if (answer instanceof Error) return Promise.reject(answer)
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

interface Asked {
  readonly isMetadataOnly?: boolean
  readonly onRefusal?: (refusal: ListRefusal) => void
}

function mustNotRefuse(refusal: ListRefusal): void {
  assert.fail(`refused: ${refusal.kind}`)
}

async function namesFrom(api: Api, asked: Asked = {}): Promise<readonly string[]> {
  const { isMetadataOnly = false, onRefusal = mustNotRefuse } = asked
  const names: string[] = []
  const list = { api, served, namespace: '', isMetadataOnly, signal, onRefusal }
  for await (const objects of listPages(list)) {
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
  assert.deepEqual(await namesFrom(api, { isMetadataOnly: true }), [])
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

test('names are in the order of their bytes, whatever they are made of', async () => {
  const [high, astral] = ['\uff5a', '\u{1f600}']
  const again = [page([high], 'next'), { status: 410 }, page([high, astral])]
  assert.deepEqual(await namesFrom(answering(...again).api), [high, astral])
})

test('a kind that is not served, or not to us, is told and not taken for empty', async () => {
  const refusals: ListRefusal[] = []
  const onRefusal = (refusal: ListRefusal) => refusals.push(refusal)
  assert.deepEqual(await namesFrom(answering({ status: 404 }).api, { onRefusal }), [])
  const late = answering(page(['a'], 'next'), { status: 403 })
  assert.deepEqual(await namesFrom(late.api, { onRefusal }), ['a'])
  assert.deepEqual(refusals, [
    { kind: 'not-served' },
    { kind: 'forbidden', permission: 'list configmaps' },
  ])
})

test('any other answer is a failure', async () => {
  for (const status of [400, 429, 500, 503]) {
    await assert.rejects(namesFrom(answering({ status }).api), { code: 'ClusterUnreachable' })
  }
  const noList = answering({ status: 200, body: { items: 'none' } })
  await assert.rejects(namesFrom(noList.api), { code: 'ClusterUnreachable' })
})

test('a page that is too large is asked for again in smaller ones', async () => {
  const cause = new Error('the answer is too long')
  const tooLarge = new GuardError('ClusterUnreachable', 'no answer', { cause })
  const { api, asked } = answering(tooLarge, page(['a']))
  assert.deepEqual(await namesFrom(api), ['a'])
  assert.deepEqual(
    asked.map((query) => query.get('limit')),
    ['100', '10'],
  )
  const alone = answering(tooLarge, tooLarge, tooLarge)
  await assert.rejects(namesFrom(alone.api), { message: /an object is too large/ })
})

test('large objects make small pages', async () => {
  const large = { metadata: { name: 'a', namespace: 'pay' }, data: { a: 'x'.repeat(1024 * 1024) } }
  const first = { metadata: { resourceVersion: '7', continue: 'next' }, items: [large] }
  const { api, asked } = answering({ status: 200, body: first }, page(['b']))
  assert.deepEqual(await namesFrom(api), ['a', 'b'])
  assert.equal(asked[1]?.get('limit'), '3')
})
