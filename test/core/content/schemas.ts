import { exactField } from '../../../src/core/content/exact.ts'
import type { Field, Meaning, Position } from '../../../src/core/content/position.ts'
import type { Json } from '../../../src/core/manifest/json.ts'

type FieldOptions = Partial<Omit<Field, 'position'>>

/** A typed scalar, as most of the API server's are: what is empty and null is left out. */
export function scalar(meaning: Meaning = 'exact'): Position {
  return { ...exactField.position, unknownKeys: 'dropped', field: () => undefined, meaning }
}

export function struct(type: string, fields: Readonly<Record<string, Field>>): Position {
  return {
    ...scalar(),
    type,
    field: (key) => (Object.hasOwn(fields, key) ? fields[key] : undefined),
  }
}

export function mapOf(values: Position): Position {
  return { ...scalar(), unknownKeys: 'kept', field: () => field(values, { empty: 'kept' }) }
}

function listOf(items: Position, list: Position['list'] = { kind: 'atomic' }): Position {
  return { ...scalar(), items, list }
}

export function field(position: Position = scalar(), options: FieldOptions = {}): Field {
  return { position, default: undefined, empty: 'dropped', isNullable: false, ...options }
}

function keyed(...keys: readonly string[]): Position['list'] {
  return { kind: 'map', keys, isOrdered: false }
}

const ordered: Position['list'] = { kind: 'map', keys: ['name'], isOrdered: true }
const kept = { empty: 'kept' } as const

const port = struct('Port', {
  name: field(),
  containerPort: field(),
  protocol: field(scalar(), { default: 'TCP', empty: 'replaced' }),
})
const resources = struct('Resources', { limits: field(mapOf(scalar('quantity'))) })
const variable = struct('EnvVar', { name: field(), value: field() })
const container = struct('Container', {
  name: field(),
  image: field(),
  args: field(listOf(scalar())),
  imagePullPolicy: field(scalar(), { default: 'IfNotPresent', empty: 'replaced' }),
  env: field(listOf(variable, ordered)),
  ports: field(listOf(port, keyed('containerPort', 'protocol'))),
  resources: field(resources, { default: {}, ...kept }),
  securityContext: field(struct('SecurityContext', { privileged: field(scalar(), kept) }), kept),
})
const strategy: Json = { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } }
const metadata = struct('ObjectMeta', {
  name: field(),
  namespace: field(),
  labels: field(mapOf(scalar())),
  annotations: field(mapOf(scalar())),
  finalizers: field(listOf(scalar(), { kind: 'set' })),
  ownerReferences: field(listOf(struct('Owner', { uid: field(), kind: field() }), keyed('uid'))),
})

/** As small as a kind can be that has one of everything. */
export const workload: Position = struct('Workload', {
  apiVersion: field(),
  kind: field(),
  metadata: field(metadata, kept),
  spec: field(
    struct('WorkloadSpec', {
      replicas: field(scalar(), { default: 1, ...kept }),
      paused: field(),
      note: field(scalar(), { isNullable: true, ...kept }),
      rules: field(listOf(scalar()), kept),
      hosts: field(listOf(scalar()), { default: [], ...kept }),
      options: field(struct('Options', { mode: field(), level: field() }), {
        default: { mode: 'fast', level: 3 },
        ...kept,
      }),
      parts: field(listOf(struct('Part', { name: field() }), keyed('name')), {
        default: [{ name: 'a' }, { name: 'b' }],
        ...kept,
      }),
      clusterIP: field(scalar(), { empty: 'replaced' }),
      timeout: field(scalar('duration')),
      selector: field(struct('Selector', { matchLabels: field(mapOf(scalar())) }), kept),
      containers: field(listOf(container, ordered)),
      strategy: field(
        struct('Strategy', {
          type: field(scalar(), { default: 'RollingUpdate', empty: 'replaced' }),
          rollingUpdate: field(struct('RollingUpdate', { maxSurge: field(scalar(), kept) }), {
            default: { maxSurge: '25%' },
            ...kept,
          }),
        }),
        { default: strategy, ...kept },
      ),
    }),
    kept,
  ),
  status: field(struct('Status', { phase: field() }), kept),
})
