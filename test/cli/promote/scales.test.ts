import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { api, apiFile, apiPath, grantName, startPromoting, use } from './promoting.ts'

const branch = `break-glass/${grantName}`
const files = { 'apps/api.yaml': apiFile }

describe('promote writes what a scale says', () => {
  test('to nothing too', async () => {
    const scale: JsonObject = { apiVersion: 'autoscaling/v1', kind: 'Scale', spec: {} }
    const given = await startPromoting({
      files,
      uses: [use({ subresource: 'scale', paths: ['spec.replicas'], after: scale })],
      objects: { [apiPath]: api(0), [`${apiPath}/scale`]: scale },
    })
    assert.equal((await given.promote()).code, 0)
    assert.match(given.remote.file(branch, 'apps/api.yaml') ?? '', /replicas: 0 #/)
  })

  test('of a custom resource, where that keeps it', async () => {
    const widget = (size: number): JsonObject => ({
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'w', namespace: 'pay' },
      spec: { size },
    })
    const scale: JsonObject = { kind: 'Scale', spec: { replicas: 4 } }
    const subresources = { scale: { specReplicasPath: '.spec.size' } }
    const at = '/apis/example.com/v1/namespaces/pay/widgets/w'
    const crd = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com'
    const given = await startPromoting({
      files: { 'apps/w.yaml': JSON.stringify(widget(1), null, 2) },
      uses: [
        use({
          group: 'example.com',
          resource: 'widgets',
          kind: 'Widget',
          name: 'w',
          subresource: 'scale',
          paths: ['spec.replicas'],
          after: scale,
        }),
      ],
      objects: {
        [at]: widget(4),
        [`${at}/scale`]: scale,
        [crd]: { spec: { versions: [{ name: 'v1', subresources }] } },
      },
    })
    const { code, out, err } = await given.promote()
    assert.equal(code, 0, err + out)
    assert.equal(given.remote.file(branch, 'apps/w.yaml'), JSON.stringify(widget(4), null, 2))
  })
})
