import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GuardError } from '../../../src/core/errors.ts'
import type { Live } from '../../../src/core/exceptions/cluster.ts'
import { sourceOf } from '../../fakes/git.ts'
import { declared, found as foundObject, objectOf } from '../../core/scan/judging.ts'
import { namespaces, objects, scanned, unknownIn } from './scanning.ts'

const core = ['/v1/namespaces/Namespace', '/v1/configmaps/ConfigMap']
const widgets = 'example.com/v1/widgets/Widget'
const widgetsAt = '/apis/example.com/v1/widgets'
const schema: Live = { kind: 'absent' }
const definition = { 'CustomResourceDefinition widgets.example.com': schema }

test('finds what is there and not declared, in all kinds that are served', async () => {
  const lists = { '/api/v1/configmaps': [objects('a', 'b')], [widgetsAt]: [objects('c')] }
  const result = await scanned({ kinds: [...core, widgets], lists }, { live: definition })
  assert.deepEqual(result.found, ['undeclared a', 'undeclared b', 'undeclared c'])
  assert.deepEqual(unknownIn(result), [])
  assert.equal(result.isWhole, true)
})

test('looks at kinds that are served only since it has begun', async () => {
  const result = await scanned(
    {
      kinds: core,
      lists: { [widgetsAt]: [objects('late')] },
      onList: (path, server) => {
        if (path === '/api/v1/configmaps') server.kinds = [...core, widgets]
      },
    },
    { live: definition },
  )
  assert.deepEqual(result.found, ['undeclared late'])
})

test('follows a kind into another version', async () => {
  const result = await scanned(
    {
      kinds: [widgets],
      lists: { [widgetsAt]: [{ status: 404 }], '/apis/example.com/v2/widgets': [objects('moved')] },
      onList: (_path, server) => {
        server.kinds = ['example.com/v2/widgets/Widget']
      },
    },
    { live: definition },
  )
  assert.deepEqual(result.found, ['undeclared moved'])
})

test('a kind that goes while it is read has nothing', async () => {
  const result = await scanned({
    kinds: [...core, widgets],
    lists: { [widgetsAt]: [{ status: 404 }] },
    onList: (path, server) => {
      if (path === widgetsAt) server.kinds = core
    },
  })
  assert.equal(result.summary.verdict, 'clean')
})

test('a kind that is said to be served and never is, is not known', async () => {
  const result = await scanned({ kinds: [widgets], lists: { [widgetsAt]: [{ status: 404 }] } })
  assert.deepEqual(unknownIn(result), [
    'widgets.example.com: what is served changes faster than it is read',
  ])
  assert.deepEqual([result.summary.verdict, result.isWhole], ['unknown', false])
})

test('a kind that fails is named, and what is declared of it is not missing', async () => {
  const head = [declared('Widget')]
  const failing = { kinds: [...core, widgets], lists: { [widgetsAt]: [{ status: 500 }] } }
  const result = await scanned(failing, { head })
  assert.deepEqual(result.found, [])
  assert.deepEqual(unknownIn(result), [
    'widgets.example.com: list widgets.example.com: the API server answers 500',
  ])
  assert.equal(result.isWhole, false)
})

test('a right that is lacking is told as such: the next scan lacks it too', async () => {
  const server = { kinds: core, lists: { '/api/v1/configmaps': [{ status: 403 }] } }
  const result = await scanned(server)
  assert.match(unknownIn(result).join(), /configmaps: our account may not list configmaps/)
  assert.deepEqual([result.summary.verdict, result.isWhole], ['unknown', true])
})

test('an API of another server is named, and what Git declares of it is not missing', async () => {
  const server = { kinds: [...core, widgets], services: ['v1.example.com'] }
  const live = { 'Widget pay/one': foundObject(objectOf('Widget', {}, {})) }
  const result = await scanned(server, { head: [declared('Widget')], live })
  assert.deepEqual(result.summary.notSeen, ['example.com'])
  assert.deepEqual([result.found, result.summary.verdict], [[], 'clean'])
})

test('an API that points at nothing is named, and ends nothing', async () => {
  const server = { kinds: [...core, 'example.com/v1'], services: ['v1.example.com'] }
  const result = await scanned(server)
  assert.deepEqual(result.summary.notSeen, ['example.com'])
  assert.equal(result.summary.verdict, 'clean')
})

test('what cannot be looked for is not known, and the rest goes on', async () => {
  const head = [declared('Widget'), declared('ConfigMap')]
  const down = new GuardError('ClusterUnreachable', 'nobody knows what example.com serves just now')
  const cluster = { 'ConfigMap pay/one': { kind: 'absent' } as const }
  const live = new Proxy(cluster, {
    get: (described, key) => {
      if (key === 'Widget pay/one') throw down
      return Reflect.get(described, key) as unknown
    },
  })
  const result = await scanned({ kinds: core }, { head, live })
  assert.deepEqual(result.found, ['missing one'])
  assert.match(unknownIn(result).join(), /Widget\/pay\/one: nobody knows what example\.com serves/)
})

test('what the files that cannot be read may declare is told, however many harmless ones are before', async () => {
  const problem = (i: number) => ({ file: `${i}.yaml`, line: 1, message: 'bad' })
  const harmless = Array.from({ length: 25 }, (_, i) => ({
    ...problem(i),
    hides: 'nothing' as const,
  }))
  const many = Array.from({ length: 30 }, (_, i) => problem(100 + i))
  const listings = (problems: readonly ReturnType<typeof problem>[]) => ({
    list: () => Promise.resolve([{ source: sourceOf('main'), entries: [], problems }]),
  })
  const one = await scanned({ kinds: core }, { listings: listings([...harmless, problem(99)]) })
  assert.match(unknownIn(one).join(), /99\.yaml:1: bad/)
  const all = unknownIn(await scanned({ kinds: core }, { listings: listings(many) }))
  assert.equal(all.length, 21)
  assert.match(all.at(-1) ?? '', /10 more problems/)
})

test('a namespace that is not there is not clean', async () => {
  const server = { kinds: core, lists: { '/api/v1/namespaces': [namespaces] } }
  const live = { 'Namespace pay': { kind: 'absent' } as const }
  const there = await scanned(server, { namespaces: ['pay'], live })
  assert.deepEqual(unknownIn(there), [])
  const misspelt = await scanned(server, { namespaces: ['pya'] })
  assert.deepEqual(unknownIn(misspelt), ['namespace pya: the cluster shows none of that name'])
  assert.equal(misspelt.summary.verdict, 'unknown')
})
