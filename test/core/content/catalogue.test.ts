import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import stored from '../../../src/core/content/catalogue/1.36.json' with { type: 'json' }
import {
  builtInKind,
  catalogueFor,
  catalogueVersion,
  objectMeta,
} from '../../../src/core/content/catalogue.ts'
import { dependentDefaults } from '../../../src/core/content/dependent-defaults.ts'
import type { Field, Position } from '../../../src/core/content/position.ts'
import type {
  StoredCatalogue,
  StoredField,
  StoredShape,
} from '../../../src/core/content/stored-catalogue.ts'
import { orderedLists } from '../../../scripts/catalogue/ordered-lists.ts'

const catalogue: StoredCatalogue = stored

/** A field by its path; `[]` is the item of a list. */
function field(kind: string, path: string): Field {
  const steps = path.split('.')
  const last = steps.pop() ?? ''
  const found = steps.reduce<Position | undefined>(
    (position, step) => (step === '[]' ? position?.items : position?.field(step)?.position),
    root(kind),
  )
  const end = found?.field(last)
  assert.ok(end, `${kind} ${path}`)
  return end
}

function root(kind: string): Position {
  const [name = '', version = '', group = ''] = kind.split('/').toReversed()
  const position = builtInKind({ group, version, kind: name })
  assert.ok(position, kind)
  return position
}

const template = 'spec.template.spec'

describe('a default is what the API server was seen to fill in', () => {
  const defaults: readonly (readonly [string, string, unknown])[] = [
    ['apps/v1/Deployment', 'spec.replicas', 1],
    ['apps/v1/Deployment', `${template}.restartPolicy`, 'Always'],
    ['apps/v1/Deployment', `${template}.securityContext`, {}],
    ['apps/v1/Deployment', `${template}.containers.[].resources`, {}],
    ['apps/v1/Deployment', `${template}.containers.[].livenessProbe.periodSeconds`, 10],
    ['apps/v1/Deployment', `${template}.volumes.[].secret.defaultMode`, 420],
    ['apps/v1/Deployment', `${template}.hostNetwork`, undefined],
    ['apps/v1/StatefulSet', 'spec.volumeClaimTemplates.[].kind', 'PersistentVolumeClaim'],
    ['v1/Service', 'spec.ports.[].protocol', 'TCP'],
    ['networking.k8s.io/v1/NetworkPolicy', 'spec.ingress.[].ports.[].protocol', 'TCP'],
    [
      'admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration',
      'webhooks.[].timeoutSeconds',
      10,
    ],
    ['apiextensions.k8s.io/v1/CustomResourceDefinition', 'spec.conversion', { strategy: 'None' }],
    ['apiregistration.k8s.io/v1/APIService', 'spec.service.port', 443],
  ]
  for (const [kind, path, expected] of defaults) {
    test(`${kind} ${path}`, () => {
      assert.deepEqual(field(kind, path).default, expected)
    })
  }

  test('a strategy that is absent has one whole default', () => {
    const { default: whole } = field('apps/v1/Deployment', 'spec.strategy')
    const rollingUpdate = { maxUnavailable: '25%', maxSurge: '25%' }
    assert.deepEqual(whole, { type: 'RollingUpdate', rollingUpdate })
  })

  test('a Pod has links to services by default, a template has none', () => {
    assert.equal(field('v1/Pod', 'spec.enableServiceLinks').default, true)
    assert.equal(field('apps/v1/Deployment', `${template}.enableServiceLinks`).default, undefined)
  })

  test('no time is a default', () => {
    assert.doesNotMatch(JSON.stringify(catalogue), /\d{4}-\d\d-\d\dT/)
  })
})

describe('an empty value', () => {
  const fates: readonly (readonly [string, string, Field['empty']])[] = [
    ['apps/v1/Deployment', 'spec.replicas', 'kept'],
    ['apps/v1/Deployment', 'spec.paused', 'dropped'],
    ['apps/v1/Deployment', 'spec.strategy.type', 'replaced'],
    ['apps/v1/Deployment', `${template}.containers.[].env.[].value`, 'dropped'],
    ['apps/v1/Deployment', `${template}.volumes.[].emptyDir`, 'kept'],
    ['v1/Service', 'spec.clusterIP', 'dropped'],
    ['v1/Service', 'spec.ports.[].targetPort', 'replaced'],
    ['networking.k8s.io/v1/NetworkPolicy', 'spec.podSelector', 'kept'],
    ['networking.k8s.io/v1/NetworkPolicy', 'spec.egress', 'dropped'],
    ['v1/ConfigMap', 'data', 'dropped'],
    ['v1/ConfigMap', 'data.any', 'kept'],
  ]
  for (const [kind, path, expected] of fates) {
    test(`${kind} ${path} is ${expected}`, () => {
      assert.equal(field(kind, path).empty, expected)
    })
  }
})

describe('a list', () => {
  const lists: readonly (readonly [string, string, Position['list']])[] = [
    ['apps/v1/Deployment', `${template}.containers`, named(['name'], true)],
    ['apps/v1/Deployment', `${template}.initContainers`, named(['name'], true)],
    ['apps/v1/Deployment', `${template}.containers.[].env`, named(['name'], true)],
    ['apps/v1/Deployment', `${template}.containers.[].ports`, named(['containerPort', 'protocol'])],
    ['apps/v1/Deployment', `${template}.volumes`, named(['name'])],
    ['apps/v1/Deployment', `${template}.tolerations`, { kind: 'atomic' }],
    ['apps/v1/Deployment', `${template}.containers.[].envFrom`, { kind: 'atomic' }],
    ['v1/Service', 'spec.ports', named(['port', 'protocol'])],
    ['v1/Pod', 'metadata.finalizers', { kind: 'set' }],
    ['v1/Pod', 'metadata.ownerReferences', named(['uid'])],
  ]
  for (const [kind, path, expected] of lists) {
    test(`${kind} ${path}`, () => {
      assert.deepEqual(field(kind, path).position.list, expected)
    })
  }
})

function named(keys: readonly string[], isOrdered = false): Position['list'] {
  return { kind: 'map', keys, isOrdered }
}

describe('a value means', () => {
  const meanings: readonly (readonly [string, string, Position['meaning']])[] = [
    ['apps/v1/Deployment', `${template}.containers.[].resources.limits.cpu`, 'quantity'],
    ['v1/Secret', 'data.key', 'bytes'],
    ['v1/ConfigMap', 'binaryData.key', 'bytes'],
    ['v1/ConfigMap', 'data.key', 'exact'],
    [
      'admissionregistration.k8s.io/v1/MutatingWebhookConfiguration',
      'webhooks.[].clientConfig.caBundle',
      'bytes',
    ],
    ['coordination.k8s.io/v1/Lease', 'spec.renewTime', 'timestamp'],
    ['v1/Service', 'spec.ports.[].targetPort', 'exact'],
  ]
  for (const [kind, path, expected] of meanings) {
    test(`${kind} ${path}: ${expected}`, () => {
      assert.equal(field(kind, path).position.meaning, expected)
    })
  }
})

test('a key that no schema knows is dropped, free JSON is kept', () => {
  const deployment = root('apps/v1/Deployment')
  assert.equal(deployment.field('sepc'), undefined)
  assert.equal(deployment.field('__proto__'), undefined)
  assert.equal(deployment.unknownKeys, 'dropped')
  assert.equal(field('apps/v1/ControllerRevision', 'data').position.unknownKeys, 'kept')
})

test('a schema within a schema has no end', () => {
  const path = 'spec.versions.[].schema.openAPIV3Schema.properties.a.properties.b.type'
  const { position } = field('apiextensions.k8s.io/v1/CustomResourceDefinition', path)
  assert.equal(position.meaning, 'exact')
})

test('metadata is described everywhere by the same type', () => {
  const { type } = objectMeta()
  assert.equal(field('apps/v1/Deployment', 'metadata').position.type, type)
  assert.equal(field('apps/v1/Deployment', 'spec.template.metadata').position.type, type)
})

test('what is in no catalogue is no built-in kind', () => {
  assert.equal(builtInKind({ group: 'apps', version: 'v1', kind: 'Widget' }), undefined)
  assert.equal(builtInKind({ group: '', version: 'v1', kind: 'toString' }), undefined)
  assert.equal(
    builtInKind({ group: 'authentication.k8s.io', version: 'v1', kind: 'TokenReview' }),
    undefined,
  )
})

test('a minor version that nobody has measured gets the newest catalogue', () => {
  assert.equal(catalogueFor(catalogueVersion).isExact, true)
  const { catalogue: other, isExact } = catalogueFor('1.99')
  assert.equal(isExact, false)
  assert.equal(other.version, catalogueVersion)
})

test('the data refers to nothing that it does not have', () => {
  const { kinds, types, exceptions } = catalogue
  const named = [
    ...Object.values(kinds),
    ...Object.values(types).flatMap((fields) =>
      Object.values(fields).map(({ of }) => innermost(of)),
    ),
  ]
  const missing = named.filter((name) => name.includes('.') && !(name in types))
  assert.deepEqual(missing, [])
  for (const [kind, places] of Object.entries(exceptions)) {
    assert.ok(kind in kinds, kind)
    for (const [place, fields] of Object.entries(places)) {
      for (const name of Object.keys(fields))
        field(kind, `${place.replaceAll('[]', '.[]')}.${name}`)
    }
  }
})

test('each ordered list and each rule is about a field that there is', () => {
  for (const name of orderedLists.keys()) {
    const cut = name.lastIndexOf('.')
    const own = fieldOf(name.slice(0, cut), name.slice(cut + 1))
    assert.ok(typeof own?.of === 'object' && 'list' in own.of && own.of.isOrdered === true, name)
  }
  for (const { type, field: name } of dependentDefaults) {
    if (name !== '*') assert.ok(fieldOf(type, name), `${type}.${name}`)
  }
})

function fieldOf(type: string, name: string): StoredField | undefined {
  return catalogue.types[type]?.[name]
}

function innermost(shape: StoredShape): string {
  if (typeof shape === 'string') return shape
  return innermost('list' in shape ? shape.list : shape.map)
}
