import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { parse, stringify } from 'yaml'
import { at, type Json, type JsonObject } from '../../src/core/manifest/json.ts'
import { iss, privateKey } from '../core/breakglass/issuing.ts'
import { creationOf, grants, patch, toJwk, toToken } from '../e2e/break-glass-ground.ts'
import { assertTaken } from '../e2e/refusals.ts'
import { startFlux, type FluxCluster } from './flux-cluster.ts'
import { documents, kustomization, namespace } from './flux-manifests.ts'
import { pathOf } from './flux-paths.ts'

// Flux and what an SRE has scaled: it is kept from putting the old value back, and from nothing else.

const web = { kind: 'Deployment', namespace: 'shop', name: 'web' }
const scale = `${pathOf(web)}/scale`
const apps = { kind: 'Kustomization', namespace: 'flux-system', name: 'apps' }

const deployment = (replicas: number) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: ${replicas}
  paused: true
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: 'example.com/a:1'}]}
`

const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-flux-hold-'))
let flux: FluxCluster

before(async () => {
  const fixtures = path.join(import.meta.dirname, 'flux-fixtures')
  const policy = parse(readFileSync(path.join(fixtures, 'policy.yaml'), 'utf8')) as { spec: object }
  const jwksFile = path.join(dir, 'jwks.json')
  writeFileSync(jwksFile, JSON.stringify({ keys: [toJwk(privateKey)] }))
  const breakGlass = {
    issuers: [{ name: 'oncall', issuer: iss, jwksFile }],
    rules: [{ subjects: { groups: ['sre-oncall'] } }],
  }
  const policyFile = path.join(dir, 'policy.yaml')
  writeFileSync(policyFile, stringify({ ...policy, spec: { ...policy.spec, breakGlass } }))
  flux = await startFlux(
    {
      'clusters/prod/apps.yaml': documents(kustomization('apps', { path: './apps' })),
      'apps/web.yaml': documents(namespace('shop'), deployment(1)),
    },
    { policyFile: path.relative(fixtures, policyFile) },
  )
  await flux.until('the first commit is there', async () => (await replicas()) === 1)
})

after(async () => {
  await flux.end()
  rmSync(dir, { recursive: true })
})

async function replicas(): Promise<unknown> {
  return at((await flux.read(web)) ?? {}, 'spec', 'replicas')
}

async function activate(): Promise<string> {
  const row = { apiGroups: ['apps'], operations: ['UPDATE'], namespaces: ['shop'] } as const
  const resources = ['deployments', 'deployments/scale']
  const details = [{ ...row, resources, fields: ['spec.replicas'] }]
  const { text, grant } = toToken({ details }, flux.cluster.clusterUid)
  assertTaken(await flux.as('alice')(creationOf(grant, text)), 201)
  return grant
}

async function holdsIn(name: string): Promise<readonly Json[]> {
  const path = `/apis/solewriter.dev/v1alpha1/postmortems/${name}`
  const { json } = await flux.as('admin')({ method: 'GET', path })
  const holds = at(json as JsonObject, 'status', 'holds')
  return Array.isArray(holds) ? (holds as readonly Json[]) : []
}

/** What Flux says of the Kustomization. */
async function said(): Promise<string> {
  return JSON.stringify(at((await flux.read(apps)) ?? {}, 'status', 'conditions') ?? [])
}

function heldBack(): number {
  return flux.denied().filter(({ reason }) => reason === 'ReconcileHeld').length
}

test('Flux puts nothing back while Git says the same, and goes on with the next commit', async () => {
  const alice = flux.as('alice')
  const grant = await activate()
  assertTaken(await alice(patch(scale, { spec: { replicas: 5 } })))
  await flux.reconcile(apps)
  await flux.until('Flux says what holds it', async () => {
    return (await said()).includes(
      `[ReconcileHeld] deployments.apps shop/web: break-glass ${grant} use 1 `,
    )
  })
  // Flux only tries, which leaves nothing behind: what it says itself is how the post-mortem knows.
  await flux.until('the post-mortem says who was held', async () => {
    const [hold, ...more] = await holdsIn(`pm-${grant.slice('bg-'.length)}`)
    const names = [at(hold ?? {}, 'use'), at(hold ?? {}, 'by'), more.length]
    return isDeepStrictEqual(names, [1, 'Kustomization flux-system/apps', 0])
  })
  assert.equal(await replicas(), 5)

  // Somebody else's commit says nothing of it, and Flux stays held.
  const before = heldBack()
  await flux.fleet.commit({ 'README.md': 'hello' })
  await flux.until('Flux has tried the next commit', () => heldBack() > before + 1)
  assert.equal(await replicas(), 5)

  await flux.land({ 'apps/web.yaml': documents(namespace('shop'), deployment(4)) })
  assert.equal(await replicas(), 4)
  assertTaken(await alice(patch(`${grants}/${grant}`, { spec: { ended: true } })))
})

test('a revoked grant lets Flux put the old value back', async () => {
  const alice = flux.as('alice')
  const grant = await activate()
  assertTaken(await alice(patch(scale, { spec: { replicas: 6 } })))
  const before = heldBack()
  await flux.reconcile(apps)
  await flux.until('Flux is held', () => heldBack() > before)
  assert.equal(await replicas(), 6)
  const revoked = { by: 'alice', reason: 'it was not this' }
  assertTaken(await alice(patch(`${grants}/${grant}`, { spec: { revoked } })))
  await flux.until('Flux has put it back', async () => (await replicas()) === 4)
})

test('nothing else was refused to Flux', () => {
  const others = flux.denied().filter(({ reason }) => reason !== 'ReconcileHeld')
  assert.deepEqual(
    others.map(({ reason, name }) => `${reason} ${name}`),
    [],
  )
})
