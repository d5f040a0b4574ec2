import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { patch } from './break-glass-ground.ts'
import { eventually } from './eventually.ts'
import {
  applyMap,
  commitMessage,
  configMap,
  deployment,
  everything,
  Followed,
  headOf,
  maps,
  startPostMortems,
  web,
  type PostMortemGround,
} from './post-mortem-ground.ts'
import { assertRefused, assertTaken } from './refusals.ts'

// What becomes of a post-mortem, on a real API server and with a real repository: nothing but Git, and a
// review by somebody else, brings it to its end.

let on: PostMortemGround

before(async () => {
  on = await startPostMortems()
})

after(() => on.end())

async function activate(): Promise<Followed> {
  return new Followed(await on.ground.activate({ details: everything }), on)
}

describe('a use', () => {
  test('is stored, promoted by a commit with the same value, and reviewed by somebody else', async () => {
    const { alice, bob, fleet } = on
    const grant = await activate()
    assertTaken(await alice(patch(`${web}/scale`, { spec: { replicas: 5 } })))
    await grant.becomes('Committed')
    await grant.says(/use 1: it is not as fleet@[0-9a-f]{12} declares it: spec\.replicas/)
    await grant.end()

    // On a branch that does not count nothing is declared.
    await fleet.commit({ 'web.yaml': deployment(5) }, 'next')
    const first = await fleet.commit({ 'other.yaml': configMap('other', 'one') })
    await grant.says(first.slice(0, 12))
    await grant.isOpen()
    assert.equal((await grant.postMortem()).phase, 'Open')

    const promoted = await fleet.commit({ 'web.yaml': deployment(5) })
    assert.equal(await grant.resolvesTo('Promoted'), promoted)
    await grant.comesTo('Resolved')
    const told = await grant.postMortem()
    assert.deepEqual(told.uses?.[0], await grant.use())
    assert.equal(told.uses?.[0]?.unnecessary, undefined)
    assert.deepEqual([typeof told.due?.draft, typeof told.resolvedAt], ['string', 'string'])
    assert.deepEqual(told.overdue, [])

    const own = { spec: { review: { by: 'alice', verdict: 'justified' } } }
    assertRefused(await alice(patch(grant.path, own)), 'Protected')
    const review = { by: 'bob', verdict: 'justified', text: 'The pods were too few.' }
    assertTaken(await bob(patch(grant.path, { spec: { review } })))
    await grant.comesTo('Closed')
    assert.equal(typeof (await grant.postMortem()).closedAt, 'string')
    assert.equal((await grant.condition('Closed'))?.reason, 'Reviewed')
  })

  test('of what Git declared already was unnecessary', async () => {
    const grant = await activate()
    assertTaken(await on.alice(patch(web, { spec: { replicas: 9 } })))
    await grant.becomes('Committed')
    assertTaken(await on.alice(patch(web, { spec: { replicas: 5 } })))
    await grant.resolvesTo('Promoted', 2)
    await grant.resolvesTo('Reverted', 1)
    assert.equal((await grant.use(2))?.unnecessary, true)
    await grant.end()
    await grant.comesTo('Resolved')
  })

  test('is reverted when ci writes what stood there before', async () => {
    const grant = await activate()
    const commit = await headOf(on.fleet)
    assertTaken(await on.alice(patch(`${maps}/settings`, { data: { value: 'two' } })))
    await grant.becomes('Committed')
    await grant.revoke()
    assertTaken(await on.ci(applyMap('settings', 'one', commit)))
    assert.equal(await grant.resolvesTo('Reverted'), commit)
    await grant.comesTo('Resolved')
  })

  test('is superseded when ci writes what Git says by then', async () => {
    const grant = await activate()
    assertTaken(await on.alice(patch(`${maps}/kept`, { data: { value: 'two' } })))
    const commit = await on.fleet.commit({ 'kept.yaml': configMap('kept', 'three') })
    assertTaken(await on.ci(applyMap('kept', 'three', commit)))
    assert.equal(await grant.resolvesTo('Superseded'), commit)
    await grant.end()
  })

  test('of a deletion is resolved once Git has deleted it as well', async () => {
    const grant = await activate()
    assertTaken(await on.alice({ method: 'DELETE', path: `${maps}/old` }))
    await grant.becomes('Committed')
    await grant.says(/use 1: fleet@[0-9a-f]{12} declares it/)
    await grant.isOpen()
    const commit = await on.fleet.commit({ 'old.yaml': null })
    assert.equal(await grant.resolvesTo('Deleted'), commit)
    await grant.end()
  })

  test('of a new object is resolved once Git declares all of it', async () => {
    const grant = await activate()
    const kind = { apiVersion: 'v1', kind: 'ConfigMap' }
    const body = { ...kind, metadata: { generateName: 'made-' }, data: { value: 'one' } }
    const made = await on.alice({ method: 'POST', path: maps, body })
    assertTaken(made, 201)
    const { name } = made.json['metadata'] as unknown as { name: string }
    await grant.becomes('Committed')
    await on.fleet.commit({ 'made.yaml': configMap(name, 'two') })
    await grant.says(/declares it: data/)
    const commit = await on.fleet.commit({ 'made.yaml': configMap(name, 'one') })
    assert.equal(await grant.resolvesTo('Promoted'), commit)
    await grant.end()
  })

  test('is waived by a commit that says so, and why', async () => {
    const grant = await activate()
    assertTaken(await on.alice(patch(web, { metadata: { labels: { mine: 'yes' } } })))
    await grant.becomes('Committed')
    const why = `${grant.name} use 1: the label is for the audit`
    const commit = await commitMessage(on.fleet, `Let it be\n\nBreak-Glass-Waives: ${why}\n`)
    assert.equal(await grant.resolvesTo('Waived'), commit)
    await grant.end()
  })

  test('is followed by whoever comes after a controller that was killed', async () => {
    const grant = await activate()
    const { cluster } = on.ground
    await cluster.kill('controller', 'SIGKILL')
    assertTaken(await on.alice(patch(web, { metadata: { labels: { mine: 'no' } } })))
    const [name, value] = ['settings', 'four']
    const commit = await on.fleet.commit({ 'settings.yaml': configMap(name, value) })
    assertTaken(await on.alice(patch(`${maps}/${name}`, { data: { value } })))
    await cluster.start('controller')
    await grant.becomes('Committed', 1)
    assert.equal(await grant.resolvesTo('Promoted', 2), commit)
    await grant.isOpen(1)
    await grant.end()
  })

  test('that a later plugin refuses came to nothing', async () => {
    const grant = await activate()
    const spec = { hard: { 'count/configmaps': '1' } }
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'few' }, spec }
    const quotas = '/api/v1/namespaces/web/resourcequotas'
    assertTaken(await on.alice({ method: 'POST', path: quotas, body: quota }), 201)
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'more' } }
    const refused = await on.alice({ method: 'POST', path: maps, body })
    assert.match(refused.text, /quota/)
    await grant.end()
    await grant.becomes('Committed', 1)
    await grant.becomes('NotCommitted', 2)
    // The same write may come again as the same use, and be stored, for so long.
    const since = Date.parse((await grant.use(2))?.time ?? '')
    await eventually('the last word is near', () => Date.now() - since > 90_000)
    await grant.resolvesTo('NotCommitted', 2)
    // Nobody has declared the quota, and it is still there.
    await grant.isOpen(1)
    assert.equal((await grant.postMortem()).phase, 'Open')
  })
})

test('a grant that nobody has used leaves a post-mortem that closes by itself', async () => {
  const grant = await activate()
  await grant.comesTo('Open')
  await grant.end()
  await grant.comesTo('Closed')
  const { status, reason } = (await grant.condition('Closed')) ?? {}
  assert.deepEqual([status, reason], ['True', 'Unused'])
  assert.deepEqual((await grant.postMortem()).overdue, [])
})
