import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Live } from '../../../src/core/exceptions/cluster.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { judgeMissing } from '../../../src/core/scan/judge-missing.ts'
import type { ServedKind } from '../../../src/core/scan/live-object.ts'
import type { FakeObject } from '../../fakes/git.ts'
import { declared, found, idOf, objectOf, sceneOf, servedOf, type Kind } from './judging.ts'

const absent: Live = { kind: 'absent' }

function judge(kind: Kind, head: readonly FakeObject[], read: Live = absent, isServed = true) {
  const ground = { head, live: { [`${kind} pay/one`]: read } }
  const served = isServed ? servedOf(kind) : undefined
  return judgeMissing({ id: idOf(kind), served, isForeign: false, toLive }, sceneOf(ground))
}

function toLive(served: ServedKind, object: JsonObject) {
  return { served, object, isMetadataOnly: false }
}

test('what Git declares and nobody has is missing', async () => {
  const judged = await judge('ConfigMap', [declared('ConfigMap')])
  assert.ok(judged?.kind === 'finding')
  const { kind, object, who, wouldDeny, declared: place } = judged.finding
  assert.equal(kind, 'missing')
  assert.equal(object.uid, '')
  assert.equal(who, undefined)
  assert.equal(place?.file, 'prod/one.yaml')
  assert.deepEqual(
    [wouldDeny.human.reason, wouldDeny.writer?.reason],
    ['HumanWrite', 'StillDeclared'],
  )
})

test('what was made since the lists were read is judged as it is', async () => {
  const data = { data: { a: '1' } }
  const head = [declared('ConfigMap', {}, data)]
  const same = await judge('ConfigMap', head, found(objectOf('ConfigMap', {}, data)))
  assert.equal(same?.kind, 'as-declared')
  const other = await judge(
    'ConfigMap',
    head,
    found(objectOf('ConfigMap', {}, { data: { a: '2' } })),
  )
  assert.equal(other?.kind === 'finding' && other.finding.kind, 'different')
})

test('what is not declared any more is nothing', async () => {
  assert.equal(await judge('ConfigMap', []), undefined)
})

test('what our account may not read is not known', async () => {
  const read: Live = { kind: 'unreadable', permission: 'get configmaps' }
  const judged = await judge('ConfigMap', [declared('ConfigMap')], read)
  const why = 'our account may not get configmaps'
  assert.deepEqual(judged, { kind: 'unknown', why, lacksRight: true })
})

test('what is there and of a kind that nobody lists is not known, and is not missing', async () => {
  const there = found(objectOf('Widget', {}, {}))
  const judged = await judge('Widget', [declared('Widget')], there, false)
  assert.equal(judged?.kind, 'unknown')
  const ground = { head: [declared('Widget')], live: { 'Widget pay/one': there } }
  const unseen = { id: idOf('Widget'), served: undefined, isForeign: true, toLive }
  const foreign = await judgeMissing(unseen, sceneOf(ground))
  assert.deepEqual(foreign, { kind: 'ignored', why: 'out-of-scope' })
})

test('what nobody can tell the declaration of is not known', async () => {
  for (const head of ['duplicate', 'pending', 'broken'] as const) {
    const unseen = { id: idOf('ConfigMap'), served: undefined, isForeign: false, toLive }
    const judged = await judgeMissing(unseen, sceneOf({ head }))
    assert.equal(judged?.kind, 'unknown', head)
  }
})

test('what is declared encrypted can be missing as well', async () => {
  const head = [{ ...declared('Secret'), isEncrypted: true as const }]
  const judged = await judge('Secret', head)
  assert.ok(judged?.kind === 'finding')
  assert.equal(judged.finding.kind, 'missing')
  const there = await judge('Secret', head, found(objectOf('Secret', {}, { data: {} })))
  assert.deepEqual(there, { kind: 'ignored', why: 'encrypted' })
})

test('a kind that nobody serves is said to be the reason', async () => {
  const judged = await judge('Widget', [declared('Widget')], absent, false)
  assert.ok(judged?.kind === 'finding')
  assert.match(judged.finding.note ?? '', /nothing of its kind/)
})

const comesAndGoes: readonly (readonly [string, JsonObject, JsonObject])[] = [
  ['a hook of Argo CD', { annotations: { 'argocd.argoproj.io/hook': 'PreSync' } }, {}],
  ['a hook of Helm', { annotations: { 'helm.sh/hook': 'test' } }, {}],
  ['a Job that removes itself', {}, { spec: { ttlSecondsAfterFinished: 60 } }],
]
for (const [title, metadata, rest] of comesAndGoes) {
  test(`${title} comes and goes`, async () => {
    const judged = await judge('Job', [declared('Job', metadata, rest)])
    assert.deepEqual(judged, { kind: 'ignored', why: 'transient' })
  })
}
