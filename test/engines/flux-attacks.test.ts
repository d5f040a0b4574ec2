import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { at, type JsonObject } from '../../src/core/manifest/json.ts'
import {
  asHelmController,
  asKustomizeController,
  asSourceController,
  byHand,
  type Attack,
} from './flux-attack-cases.ts'
import {
  apply,
  apps,
  asApplied,
  assertDenied,
  attackedFiles,
  first,
  marksOf,
  merge,
  other,
  remove,
  root,
  stateOf,
  theirJob,
  undeclared,
} from './flux-attack-ground.ts'
import { startFlux, told, type FluxCluster } from './flux-cluster.ts'
import { configMap } from './flux-manifests.ts'
import { withoutWebhook } from './without-webhook.ts'
import { assertTaken } from '../e2e/refusals.ts'

// Whoever has a token of Flux, or all rights of Kubernetes, gets nothing in that Git does not declare.
// The controllers are away: what is said with their tokens is not corrected by them.

const controllers = ['kustomize-controller', 'source-controller', 'helm-controller']

let flux: FluxCluster
let head: string

before(async () => {
  flux = await startFlux(attackedFiles, { policyFile: 'attacked-policy.yaml' })
  head = await flux.fleet.git(['rev-parse', 'main'])
  await flux.applied(head)
  for (const name of controllers) await flux.cluster.kill(name)
})
after(() => flux.end())

function refuses(user: string, attacks: readonly Attack[]): void {
  for (const [title, request, reasons] of attacks) {
    test(title, async () => {
      const is = await stateOf(flux)
      assertDenied(await flux.as(user)(request), reasons)
      assert.equal(await stateOf(flux), is)
    })
  }
}

describe('with the token of kustomize-controller', () =>
  refuses('kustomize-controller', asKustomizeController))
describe('with the token of helm-controller', () => refuses('helm-controller', asHelmController))
describe('with the token of source-controller', () =>
  refuses('source-controller', asSourceController))
describe('somebody in the group of those on call', () => refuses('alice', byHand))
describe('an administrator', () => refuses('admin', byHand))

test('what Git declares is applied with that token: the refusals are about what is said', async () => {
  const own = asApplied(configMap('first', { colour: 'red' }), 'apps')
  assertTaken(await flux.as('kustomize-controller')(apply(first, own)))
})

describe('a forged status', () => {
  const kustomizeController = () => flux.as('kustomize-controller')
  const attempt = async (revision: string) => {
    const status = { lastAttemptedRevision: revision }
    assertTaken(await kustomizeController()(merge(apps, { status }, '/status')))
  }
  const write = (colour: string, query = '') =>
    kustomizeController()(apply(first, asApplied(configMap('first', { colour }), 'apps'), query))

  test('of a commit that was never pushed', async () => {
    await attempt(`main@sha1:${'d'.repeat(40)}`)
    assertDenied(await write('blue'), /^CommitUnknown$/)
  })

  test('of a branch that was not merged', async () => {
    const files = { 'apps/first.yaml': JSON.stringify(configMap('first', { colour: 'blue' })) }
    const commit = await flux.fleet.commit(files, 'feature')
    await attempt(`main@sha1:${commit}`)
    assertDenied(await write('blue'), /^(?:CommitNotOnBranch|CommitUnknown)$/)
    await attempt(`feature@sha1:${commit}`)
    assertDenied(await write('blue'), /^(?:Evidence\w+|CommitNotOnBranch|CommitUnknown)$/)
  })

  test('of something that is no commit', async () => {
    const tree = (await flux.fleet.git(['rev-parse', 'main^{tree}'])).trim()
    await attempt(`main@sha1:${tree}`)
    assertDenied(await write('blue'), /^Commit\w+$/)
    await attempt(`sha256:${'e'.repeat(64)}`)
    assertDenied(await write('blue'), /^(?:Commit|Evidence)\w+$/)
  })

  test('of a commit that is superseded', async () => {
    const shop = attackedFiles['apps/shop.yaml']
    const next = { 'apps/shop.yaml': shop.replace('"red"', '"blue"') }
    const commit = await flux.fleet.commit(next)
    await attempt(`main@sha1:${commit}`)
    assertTaken(await write('blue'))
    await attempt(`main@sha1:${head.trim()}`)
    const isRefused = async () => (await write('red', '&dryRun=All')).status === 403
    await flux.until('it is superseded', isRefused)
    assertDenied(await write('red'), /^CommitSuperseded$/)
  })

  test('of a commit that was forced away', async () => {
    const gone = await flux.fleet.commit({ 'apps/shop.yaml': attackedFiles['apps/shop.yaml'] })
    await flux.fleet.git(['update-ref', 'refs/heads/main', `${gone}~1`])
    const kept = await flux.fleet.commit({ 'README.md': 'forced' })
    await attempt(`main@sha1:${gone}`)
    assertDenied(await write('red'), /^(?:CommitNotOnBranch|CommitUnknown)$/)
    await attempt(`main@sha1:${kept}`)
    assertTaken(await write('blue'))
  })

  test('with an inventory that has what it never made', async () => {
    await attempt(`main@sha1:${(await flux.fleet.git(['rev-parse', 'main'])).trim()}`)
    const is = await stateOf(flux)
    const entries = [{ id: `shop_${undeclared.name ?? ''}__ConfigMap`, v: 'v1' }]
    const status = { inventory: { entries } }
    assertTaken(await kustomizeController()(merge(apps, { status }, '/status')))
    assertDenied(
      await kustomizeController()(remove(undeclared)),
      /^(?:NotDeclared|EvidenceMissing)$/,
    )
    const marked = merge(undeclared, { metadata: { labels: marksOf('apps') } })
    assertDenied(await kustomizeController()(marked), /^NotDeclared$/)
    assert.equal(await stateOf(flux), is)
  })
})

describe('whoever may impersonate', () => {
  const tenant = { 'Impersonate-User': 'system:serviceaccount:tenant:applier' }

  test('writes nothing as an account that Flux impersonates, in its namespace or not', async () => {
    const is = await stateOf(flux)
    const request = apply(first, asApplied(configMap('first', { colour: 'red' }), 'apps'))
    for (const one of [request, remove(first), merge(apps, { spec: { path: './evil' } })]) {
      assertDenied(await flux.as('admin')({ ...one, headers: tenant }), /^\w+$/)
    }
    assert.equal(await stateOf(flux), is)
  })
})

describe('what a Kustomization that forces was told while the webhook was away', () => {
  const tell = (object: typeof root, spec: JsonObject) =>
    withoutWebhook(flux, async () => assertTaken(await flux.as('admin')(merge(object, { spec }))))

  test('is refused, and nothing is deleted to make it anew', async () => {
    const is = await flux.read(theirJob)
    // What Git says of it would be back too soon.
    await tell(root, { suspend: true })
    await tell(other, { path: './evil' })
    const start = flux.denied().length
    for (const name of controllers.toReversed()) await flux.cluster.start(name)
    await flux.until('the Job was refused twice', () => {
      const refused = flux.denied().slice(start)
      return refused.filter(({ name }) => name === theirJob.name).length > 1
    })
    const refused = flux.denied().slice(start)
    const itsOwn = refused.filter(({ name }) => ['once', 'evil', 'theirs'].includes(name))
    // Flux hangs up on the others when one of a stage is refused.
    for (const one of itsOwn)
      assert.match(one.reason, /^(?:EvidenceRefused|DeadlineExceeded)$/, told(one))
    const now = await flux.read(theirJob)
    assert.deepEqual(uidAndSpec(now), uidAndSpec(is))
    assert.equal(await flux.read({ kind: 'ConfigMap', namespace: 'shop', name: 'evil' }), undefined)
  })

  test('is what Git says again once the root applies', async () => {
    await tell(root, { suspend: false })
    await flux.until('its path is that of Git', async () => {
      const live = await flux.read(other)
      return at(live ?? null, 'spec', 'path') === './other'
    })
    await flux.applied((await flux.fleet.git(['rev-parse', 'main'])).trim())
  })
})

function uidAndSpec(object: JsonObject | undefined): readonly unknown[] {
  return [at(object ?? null, 'metadata', 'uid'), object?.['spec']]
}
