import type { JsonObject } from '../../src/core/manifest/json.ts'

const text = { type: 'string' }
const port = { type: 'integer', default: 80 }
const keep = { 'x-kubernetes-preserve-unknown-fields': true }

/** A kind with all that a definition may say about defaults, nulls and unknown keys. */
export const gaugeDefinition: JsonObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'gauges.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind: 'Gauge', plural: 'gauges' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  size: { type: 'string', default: 'small' },
                  maybe: { ...text, nullable: true },
                  plain: text,
                  count: { type: 'integer' },
                  on: { type: 'boolean' },
                  when: { type: 'string', format: 'date-time' },
                  net: {
                    type: 'object',
                    default: { name: 'lan' },
                    properties: { name: text, port },
                  },
                  bare: { type: 'object', properties: { port } },
                  list: {
                    type: 'array',
                    items: { type: 'object', properties: { port, name: text } },
                  },
                  map: {
                    type: 'object',
                    additionalProperties: { type: 'object', properties: { port } },
                  },
                  free: {
                    type: 'object',
                    ...keep,
                    properties: { known: { type: 'object', properties: { port } } },
                  },
                  inner: { type: 'object', 'x-kubernetes-embedded-resource': true, ...keep },
                },
              },
              status: { type: 'object', ...keep },
            },
          },
        },
      },
    ],
  },
}

interface GaugeCase {
  readonly title: string
  readonly spec: JsonObject
  /** As the API server reads it. */
  readonly read: JsonObject
}

const standard = { size: 'small', net: { name: 'lan', port: 80 } }

export const gaugeCases: readonly GaugeCase[] = [
  { title: 'defaults, those inside defaults too', spec: {}, read: standard },
  {
    title: 'empty values stay',
    spec: { size: '', plain: '', count: 0, on: false, list: [], map: {}, net: {}, free: {} },
    read: {
      size: '',
      plain: '',
      count: 0,
      on: false,
      list: [],
      map: {},
      net: { port: 80 },
      free: {},
    },
  },
  {
    title: 'null says the same as nothing, unless it is allowed or in what nobody describes',
    spec: { size: null, plain: null, maybe: null, net: null, free: { any: null } },
    read: { ...standard, maybe: null, free: { any: null } },
  },
  {
    title: 'defaults in items and in values of a map',
    spec: { list: [{}, { name: 'a', port: 1 }], map: { a: {} }, bare: {} },
    read: {
      ...standard,
      list: [{ port: 80 }, { name: 'a', port: 1 }],
      map: { a: { port: 80 } },
      bare: { port: 80 },
    },
  },
  {
    title: 'unknown keys are dropped or kept',
    spec: { other: 1, net: { other: 1 }, free: { other: { a: [] }, known: { other: 1 } } },
    read: { size: 'small', net: { port: 80 }, free: { other: { a: [] }, known: { port: 80 } } },
  },
  {
    title: 'a time stays as it is written',
    spec: { when: '2026-01-02T03:04:05.000+01:00' },
    read: { ...standard, when: '2026-01-02T03:04:05.000+01:00' },
  },
  {
    title: 'an object inside an object',
    spec: { inner: { apiVersion: 'v1', kind: 'X', metadata: { name: 'x' }, other: '' } },
    read: {
      ...standard,
      inner: { apiVersion: 'v1', kind: 'X', metadata: { name: 'x' }, other: '' },
    },
  },
]
