import assert from 'node:assert/strict'
import { test } from 'node:test'
import { at, stringAt } from '../../src/core/manifest/json.ts'
import { readState } from '../../src/cli/state-directory.ts'
import { scratch } from './scratch.ts'

const objects = `
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd, managedFields: []}
spec: {destination: {namespace: shop}}
status: {operationState: {phase: Running}, resources: [{name: x}]}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: teams}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: values, namespace: flux-system}
data: {a: '1'}
`
const application = { group: 'argoproj.io', kind: 'Application' }
const { signal } = new AbortController()

function nameOf(object: Parameters<typeof stringAt>[0]): string {
  return `${stringAt(object, 'metadata', 'namespace')}/${stringAt(object, 'metadata', 'name')}`
}

test('engine objects in files are what a watch would have seen', async () => {
  const dir = scratch({ 'objects.yaml': objects })
  const { engineObjects } = await readState(dir)
  assert.deepEqual(engineObjects.list(application).map(nameOf), ['argocd/shop', 'teams/shop'])
  assert.deepEqual(engineObjects.list({ ...application, kind: 'AppProject' }), [])
  assert.deepEqual(engineObjects.list({ ...application, group: 'argoproj' }), [])
  const reference = { ...application, namespace: 'argocd', name: 'shop' }
  const kept = engineObjects.get(reference)
  assert.equal(stringAt(kept, 'status', 'operationState', 'phase'), 'Running')
  assert.equal(at(kept, 'status', 'resources'), undefined)
  assert.equal(at(kept, 'metadata', 'managedFields'), undefined)
  assert.deepEqual(await engineObjects.read(reference, signal), kept)
  assert.equal(engineObjects.get({ ...reference, namespace: '' }), undefined)
})

test('other objects in files can be read', async () => {
  const dir = scratch({ 'objects.yaml': objects })
  const { engineObjects } = await readState(dir)
  const reference = { group: '', kind: 'ConfigMap', namespace: 'flux-system', name: 'values' }
  assert.equal(stringAt(await engineObjects.read(reference, signal), 'data', 'a'), '1')
  assert.equal(await engineObjects.read({ ...reference, kind: 'Secret' }, signal), undefined)
})

test('without files there is nothing', async () => {
  const { engineObjects } = await readState(undefined)
  assert.deepEqual(engineObjects.list(application), [])
})
