import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { servedKinds } from '../../scripts/catalogue/kinds.ts'
import { compareContent } from '../../src/core/content/compare.ts'
import { customKind } from '../../src/core/content/custom-kind.ts'
import { keptByServer } from '../../src/core/content/kept-by-server.ts'
import {
  at,
  isJsonObject,
  stringAt,
  type Json,
  type JsonObject,
} from '../../src/core/manifest/json.ts'
import { connect, type Api, type ApiAnswer } from '../../src/kubernetes/api.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import type { DependentCase } from '../core/content/cases/case.ts'
import { dependentCases, valueAt } from '../core/content/dependent-cases.ts'
import { eventually } from './eventually.ts'
import { gaugeCases, gaugeDefinition } from './gauge-definition.ts'
import { withoutNull } from './without-null.ts'

let cluster: Cluster
let api: Api

before(async () => {
  cluster = await startCluster({ apiServerFlags: ['--runtime-config=api/all=true'] })
  api = connect({ kind: 'kubeconfig', files: [cluster.kubeconfigs['admin'] ?? ''] })
})
after(async () => {
  api.close()
  await cluster.stop()
})

function tryToCreate(collection: string, body: JsonObject, validation: string): Promise<ApiAnswer> {
  const path = `${collection}?dryRun=All&fieldValidation=${validation}`
  return api.send({ method: 'POST', path, body })
}

// The cases that the rules are tested with, created on a real API server without being stored.
describe('a default that depends on what stands beside it', () => {
  const declarable = dependentCases.filter(({ isNeverDeclared = false }) => !isNeverDeclared)
  let answers: ReadonlyMap<DependentCase, ApiAnswer>

  before(async () => {
    const kinds = await servedKinds(api)
    const collections = new Map(kinds.map(({ name, collection }) => [name, collection]))
    const create = async (one: DependentCase) => {
      const name = `${stringAt(one.object, 'apiVersion')}/${stringAt(one.object, 'kind')}`
      const collection = collections.get(name) ?? ''
      return [one, await tryToCreate(collection, one.object, 'Strict')] as const
    }
    answers = new Map(await Promise.all(declarable.map(create)))
  })

  for (const one of declarable) {
    test(one.title, () => {
      const { status, body } = answers.get(one) ?? {}
      assert.equal(status, 201, stringAt(body, 'message'))
      const parent = valueAt(withoutNull(body ?? null), one.path)
      assert.ok(isJsonObject(parent))
      assert.deepEqual(parent[one.field], one.expected)
    })
  }
})

describe('a custom resource', () => {
  const gauges = '/apis/example.com/v1/namespaces/default/gauges'
  let definition: Json | undefined

  before(async () => {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
    const { status, body } = await api.send({ method: 'POST', path, body: gaugeDefinition })
    assert.equal(status, 201, stringAt(body, 'message'))
    await eventually('the kind is served', async () => {
      return (await api.send({ method: 'GET', path: gauges })).status === 200
    })
    definition = (await api.send({ method: 'GET', path: `${path}/gauges.example.com` })).body
  })

  for (const { title, spec, read } of gaugeCases) {
    test(title, async () => {
      const declared = gauge(spec)
      const { status, body } = await tryToCreate(gauges, declared, 'Ignore')
      assert.equal(status, 201, stringAt(body, 'message'))
      assert.deepEqual(at(body, 'spec'), read)
      assert.deepEqual(differences(body, declared), [])
    })
  }

  test('with something that nobody declares is another one', async () => {
    const { body } = await tryToCreate(gauges, gauge({ size: 'large', count: 1 }), 'Strict')
    const paths = differences(body, gauge({ count: 1 })).map(({ path }) => path)
    assert.equal(paths.length, 1)
  })

  function differences(next: Json | undefined, declared: JsonObject) {
    assert.ok(isJsonObject(next) && isJsonObject(definition))
    const { position, keepsStatus } = customKind(definition, 'v1')
    return compareContent(
      { old: undefined, next, declared },
      {
        position,
        declared,
        isIgnored: keptByServer(keepsStatus, ''),
        dependentDefault: () => undefined,
        dependentFields: () => [],
        assigned: () => undefined,
        bookkeeping: () => undefined,
        tolerations: [],
      },
    )
  }
})

function gauge(spec: JsonObject): JsonObject {
  const metadata = { name: 'case', namespace: 'default' }
  return { apiVersion: 'example.com/v1', kind: 'Gauge', metadata, spec }
}
