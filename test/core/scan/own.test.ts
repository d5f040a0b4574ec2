import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import {
  isJsonObject,
  stringAt,
  type Json,
  type JsonObject,
} from '../../../src/core/manifest/json.ts'
import { listAt } from '../../../src/core/exceptions/conditions/metadata.ts'
import type { LiveObject } from '../../../src/core/scan/live-object.ts'
import { isOwn } from '../../../src/core/scan/own.ts'

const root = path.join(import.meta.dirname, '..', '..', '..', 'manifests')
const own = { namespace: 'solewriter-system', accounts: new Set<string>() }

function liveOf(object: JsonObject): LiveObject {
  const [version = '', group = ''] = (stringAt(object, 'apiVersion') ?? '').split('/').toReversed()
  const kind = stringAt(object, 'kind') ?? ''
  const isNamespaced = stringAt(object, 'metadata', 'namespace') !== undefined
  const served = { group, version, kind, resource: `${kind.toLowerCase()}s`, isNamespaced }
  return { served, object, isMetadataOnly: false }
}

/** All objects that the manifests have, generated ones too. */
function installed(): readonly JsonObject[] {
  return globSync('**/*.yaml', { cwd: root }).flatMap((file) => {
    const documents = parseAllDocuments(readFileSync(path.join(root, file), 'utf8'))
    return documents.map((one) => one.toJS() as Json).flatMap(objectsIn)
  })
}

function objectsIn(document: Json): readonly JsonObject[] {
  const group = stringAt(document, 'apiVersion')?.split('/')[0] ?? ''
  if (group === 'kustomize.config.k8s.io') {
    return listAt(document, 'configMapGenerator').map((one) =>
      object('v1', 'ConfigMap', stringAt(one, 'name') ?? '', own.namespace),
    )
  }
  const isObject = isJsonObject(document) && stringAt(document, 'metadata', 'name') !== undefined
  return isObject && group !== 'solewriter.dev' ? [document] : []
}

function object(apiVersion: string, kind: string, name: string, namespace = ''): JsonObject {
  return { apiVersion, kind, metadata: { name, ...(namespace !== '' && { namespace }) } }
}

describe('what is ours', () => {
  test('is what the manifests install', () => {
    const all = installed()
    assert.ok(all.length > 40)
    const others = all.filter((one) => !isOwn(liveOf(one), own))
    assert.deepEqual(
      others.map(({ kind, metadata }) => [kind, metadata]),
      [],
    )
  })

  const rbac = 'rbac.authorization.k8s.io/v1'
  const planted: readonly (readonly [string, JsonObject])[] = [
    ['a binding that has our name in front', object(rbac, 'ClusterRoleBinding', 'solewriter-x')],
    [
      'a role of ours, bound where nothing of ours is',
      object(rbac, 'RoleBinding', 'solewriter-controller', 'pay'),
    ],
    [
      'a webhook beside ours',
      object('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', 'solewriter'),
    ],
    ['a namespace called like us', object('v1', 'Namespace', 'solewriter-x')],
    ['a workload in our namespace', object('apps/v1', 'Deployment', 'solewriter-x', own.namespace)],
    [
      'a definition of our group',
      object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'x.solewriter.dev'),
    ],
    ['a kind that we do not have', object('apps/v1', 'DaemonSet', 'solewriter', own.namespace)],
  ]
  for (const [title, one] of planted) {
    test(`is not ${title}`, () => {
      assert.equal(isOwn(liveOf(one), own), false)
    })
  }
})
