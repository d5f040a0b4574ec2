import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Json, JsonObject } from '../../../src/core/manifest/json.ts'
import { positionOf } from '../../../src/core/promote/new-manifest.ts'
import { withFields } from '../../../src/core/promote/with-fields.ts'

const api: JsonObject = {
  name: 'api',
  image: 'api:1',
  args: ['a'],
  resources: { limits: { cpu: 1 } },
}
const declared = deployment({ replicas: 3, containers: [api] })

function deployment({
  replicas,
  containers,
  ...metadata
}: {
  readonly replicas?: number
  readonly containers: readonly Json[]
  readonly labels?: JsonObject
  readonly annotations?: JsonObject
}): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'api', ...metadata },
    spec: {
      ...(replicas !== undefined && { replicas }),
      template: { spec: { containers } },
    },
  }
}

/** Of a container, with what the API server adds. */
function stored(container: JsonObject): JsonObject {
  return {
    ...container,
    imagePullPolicy: 'IfNotPresent',
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  }
}

const containers = 'spec.template.spec.containers'

const cases: readonly (readonly [
  title: string,
  declared: JsonObject,
  live: JsonObject,
  paths: readonly string[],
  expected: JsonObject | string,
])[] = [
  [
    'only the fields of the use come over',
    declared,
    deployment({ replicas: 5, containers: [stored({ ...api, image: 'api:2' })] }),
    ['spec.replicas'],
    deployment({ replicas: 5, containers: [api] }),
  ],
  [
    'an item of a list is found by its name',
    deployment({ replicas: 3, containers: [{ name: 'log', image: 'log:1' }, api] }),
    deployment({
      replicas: 3,
      containers: [stored({ ...api, image: 'api:2' }), stored({ name: 'log', image: 'log:9' })],
    }),
    [`${containers}[name=api].image`],
    deployment({
      replicas: 3,
      containers: [
        { name: 'log', image: 'log:1' },
        { ...api, image: 'api:2' },
      ],
    }),
  ],
  [
    'a field that Git does not declare is added',
    deployment({ containers: [api] }),
    deployment({ replicas: 5, containers: [stored(api)] }),
    ['spec.replicas'],
    {
      ...deployment({ containers: [] }),
      spec: { template: { spec: { containers: [api] } }, replicas: 5 },
    },
  ],
  [
    'but not one that stands there by itself',
    deployment({ containers: [api] }),
    deployment({ replicas: 1, containers: [stored(api)] }),
    ['spec.replicas'],
    deployment({ containers: [api] }),
  ],
  [
    'scaled to nothing, the field is declared as such',
    declared,
    deployment({ replicas: 0, containers: [api] }),
    ['spec.replicas'],
    deployment({ replicas: 0, containers: [api] }),
  ],
  [
    'a removed label goes, and others of Git stay',
    deployment({ containers: [api], labels: { a: 'b', c: 'd' } }),
    deployment({ containers: [api] }),
    ['metadata.labels.a'],
    deployment({ containers: [api], labels: { c: 'd' } }),
  ],
  [
    'with the last one goes the map',
    deployment({ containers: [api], labels: { a: 'b' } }),
    deployment({ containers: [api] }),
    ['metadata.labels.a'],
    deployment({ containers: [api] }),
  ],
  [
    'a new item comes with what the use gave it, and nothing that stands there by itself',
    declared,
    deployment({ replicas: 3, containers: [stored(api), stored({ name: 'log', image: 'log:1' })] }),
    [
      `${containers}[name=log].name`,
      `${containers}[name=log].image`,
      `${containers}[name=log].imagePullPolicy`,
      `${containers}[name=log].terminationMessagePath`,
      `${containers}[name=log].terminationMessagePolicy`,
    ],
    deployment({ replicas: 3, containers: [api, { name: 'log', image: 'log:1' }] }),
  ],
  [
    'a field of an item that Git does not declare is no change for Git',
    declared,
    deployment({
      replicas: 3,
      containers: [stored(api), stored({ name: 'proxy', image: 'proxy:2' })],
    }),
    [`${containers}[name=proxy].image`],
    `${containers}[name=proxy].image`,
  ],
  [
    'an item that is gone goes',
    deployment({ replicas: 3, containers: [api, { name: 'log', image: 'log:1' }] }),
    deployment({ replicas: 3, containers: [stored(api)] }),
    [`${containers}[name=log].name`, `${containers}[name=log].image`],
    declared,
  ],
  [
    'a list without names, as long as before, by place',
    declared,
    deployment({ replicas: 3, containers: [stored({ ...api, args: ['b'] })] }),
    [`${containers}[name=api].args[*]`],
    deployment({ replicas: 3, containers: [{ ...api, args: ['b'] }] }),
  ],
  [
    'and a longer one as a whole',
    declared,
    deployment({ replicas: 3, containers: [stored({ ...api, args: ['x', 'a', 'b'] })] }),
    [`${containers}[name=api].args[*]`],
    deployment({ replicas: 3, containers: [{ ...api, args: ['x', 'a', 'b'] }] }),
  ],
  [
    'of a field above many, only what means something else',
    declared,
    deployment({
      replicas: 3,
      containers: [stored({ ...api, image: 'api:2', resources: { limits: { cpu: '1' } } })],
    }),
    ['spec.template'],
    deployment({ replicas: 3, containers: [{ ...api, image: 'api:2' }] }),
  ],
  [
    'what the API server and its clients keep is nothing for Git',
    declared,
    {
      ...deployment({
        replicas: 3,
        containers: [api],
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
      }),
      status: { replicas: 9 },
    },
    [
      'metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]',
      'metadata.managedFields',
      'status.replicas',
    ],
    declared,
  ],
  [
    'a key that is anybody’s choice',
    declared,
    deployment({
      replicas: 3,
      containers: [api],
      annotations: { 'a.b/c': 'x', __proto__: 'no' } as unknown as JsonObject,
    }),
    ['metadata.annotations["a.b/c"]'],
    {
      ...declared,
      metadata: { name: 'api', annotations: { 'a.b/c': 'x' } },
    },
  ],
]

describe('the fields of a use, in what Git declares', () => {
  for (const [title, before, live, paths, expected] of cases) {
    test(title, () => {
      const result = withFields(before, { paths, source: live }, positionOf(before))
      if (typeof expected === 'string') {
        assert.deepEqual(result, { kind: 'refused', path: expected })
      } else {
        assert.deepEqual(result, { kind: 'object', object: expected })
      }
    })
  }
})
