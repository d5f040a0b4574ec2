import type { UserInfo } from '../admission/request.ts'
import {
  covers,
  keyAt,
  parseFieldPattern,
  type FieldPath,
  type FieldPattern,
} from '../manifest/field-path.ts'
import { at, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import type { Leaf } from './explanations.ts'
import { serviceQuality } from './service-quality.ts'

/** What the API server knows when it fills in a value. */
export interface Assigning {
  /** `apps/v1 DaemonSet`. */
  readonly kind: string
  /** The new object, what Git declares of it, and who writes it. */
  readonly next: JsonObject
  readonly declared: JsonObject
  readonly user: UserInfo
}

/** A field that the API server fills in when nobody asks for a value. */
interface AssignedRow {
  readonly kinds: readonly string[]
  readonly field: string
  readonly why: string
  /** Without it any value; with it the one that the server would choose. */
  readonly isRight?: (value: Json, assigning: Assigning, path: FieldPath) => boolean
  /** A counter: the server also writes over the value that was there. */
  readonly isCounter?: true
}

const rows: readonly AssignedRow[] = [
  {
    kinds: ['*'],
    field: 'metadata.name',
    why: 'made from generateName',
    isRight: (name, { next }) => isMadeFrom(name, stringAt(next, 'metadata', 'generateName')),
  },
  {
    kinds: ['v1 Namespace'],
    field: 'metadata.labels["kubernetes.io/metadata.name"]',
    why: 'its own name',
    isRight: (value, { next }) => value === stringAt(next, 'metadata', 'name'),
  },
  {
    kinds: ['v1 Namespace'],
    field: 'spec.finalizers',
    why: 'every namespace has it',
    isRight: (value) => value === 'kubernetes' || isListOf(value, 'kubernetes'),
  },
  {
    kinds: ['v1 Pod'],
    field: 'status.qosClass',
    why: 'follows from its resources',
    isRight: (value, { next }) => value === serviceQuality(next),
  },
  ...serviceFields(),
  ...jobFields(),
  {
    kinds: ['apps/v1 DaemonSet'],
    field: 'metadata.annotations["deprecated.daemonset.template.generation"]',
    why: 'counts changes of the template',
    isRight: (value) => typeof value === 'string' && /^\d{1,10}$/.test(value),
    isCounter: true,
  },
  {
    kinds: ['certificates.k8s.io/v1 CertificateSigningRequest'],
    field: 'spec.username',
    why: 'who asks',
    isRight: (value, { user }) => value === user.username,
  },
  {
    kinds: ['certificates.k8s.io/v1 CertificateSigningRequest'],
    field: 'spec.uid',
    why: 'who asks',
    isRight: (value, { user }) => value === user.uid,
  },
  {
    kinds: ['certificates.k8s.io/v1 CertificateSigningRequest'],
    field: 'spec.groups',
    why: 'who asks',
    isRight: (value, { user }) => isListOf(value, ...user.groups),
  },
  {
    kinds: ['certificates.k8s.io/v1 CertificateSigningRequest'],
    field: 'spec.extra',
    why: 'who asks',
    isRight: (value, { user }, path) => isExtraOf(value, keyAt(path, 2), user),
  },
]

/** What a request asked for cannot be told from what was allocated; what is never allocated can. */
function serviceFields(): readonly AssignedRow[] {
  const own = { kinds: ['v1 Service'], why: 'allocated' }
  return [
    { ...own, field: 'spec.clusterIP', isRight: isAddress('clusterIPs') },
    { ...own, field: 'spec.clusterIPs', isRight: isAddress('clusterIP') },
    { ...own, field: 'spec.ipFamilies', why: 'those of the cluster' },
    { ...own, field: 'spec.ipFamilyPolicy', why: 'that of the cluster', isRight: isFamilyPolicy },
    { ...own, field: 'spec.ports[*].nodePort', isRight: (_, { next }) => hasNodePorts(next) },
    {
      ...own,
      field: 'spec.healthCheckNodePort',
      isRight: (_, { next }) =>
        stringAt(next, 'spec', 'type') === 'LoadBalancer' &&
        stringAt(next, 'spec', 'externalTrafficPolicy') === 'Local',
    },
  ]
}

/** None says that there shall be no address: it follows only from the other field. */
function isAddress(other: string): NonNullable<AssignedRow['isRight']> {
  return (value, { declared }) =>
    !listed(value).includes('None') || listed(at(declared, 'spec', other)).includes('None')
}

function isFamilyPolicy(value: Json, { declared }: Assigning): boolean {
  if (value === 'SingleStack') return true
  const spec = at(declared, 'spec')
  const isHeadless = listed(at(spec, 'clusterIP')).includes('None')
  const hasTwo = [at(spec, 'clusterIPs'), at(spec, 'ipFamilies')].some((v) => listed(v).length > 1)
  const isAlone = isHeadless && at(spec, 'selector') === undefined
  return value === 'RequireDualStack' && (hasTwo || isAlone)
}

function hasNodePorts(service: JsonObject): boolean {
  const type = stringAt(service, 'spec', 'type')
  if (type === 'NodePort') return true
  return type === 'LoadBalancer' && at(service, 'spec', 'allocateLoadBalancerNodePorts') !== false
}

function listed(value: Json | undefined): readonly Json[] {
  if (value === undefined) return []
  return Array.isArray(value) ? (value as readonly Json[]) : [value as Json]
}

/** A Job that names no selector gets one that fits nobody else's Pods. */
function jobFields(): readonly AssignedRow[] {
  const kinds = ['batch/v1 Job']
  const uid: AssignedRow['isRight'] = (value, { next }) =>
    value === stringAt(next, 'metadata', 'uid')
  const name: AssignedRow['isRight'] = (value, { next }) =>
    value === stringAt(next, 'metadata', 'name')
  const own = { kinds, why: 'tells its Pods from all others' }
  const places = ['spec.template.metadata.labels', 'metadata.labels']
  return [
    {
      ...own,
      field: 'spec.selector.matchLabels["batch.kubernetes.io/controller-uid"]',
      isRight: uid,
    },
    ...places.flatMap((labels): AssignedRow[] => [
      { ...own, field: `${labels}["batch.kubernetes.io/controller-uid"]`, isRight: uid },
      { ...own, field: `${labels}["controller-uid"]`, isRight: uid },
      { ...own, field: `${labels}["batch.kubernetes.io/job-name"]`, isRight: name },
      { ...own, field: `${labels}["job-name"]`, isRight: name },
    ]),
  ]
}

interface ParsedRow extends AssignedRow {
  readonly pattern: FieldPattern
}

const parsedRows: readonly ParsedRow[] = rows.map((row) => ({
  ...row,
  pattern: parseFieldPattern(row.field),
}))

/** Why the API server has put a value where Git declares none. */
export function assignedBy(assigning: Assigning): (leaf: Leaf) => string | undefined {
  const own = parsedRows.filter(({ kinds }) =>
    kinds.some((kind) => kind === '*' || kind === assigning.kind),
  )
  return ({ path, old, next }) =>
    own.find(
      ({ pattern, isRight, isCounter }) =>
        (old === undefined || isCounter === true) &&
        next !== undefined &&
        covers(pattern, path) &&
        (isRight === undefined || isRight(next, assigning, path)),
    )?.why
}

function isMadeFrom(name: Json, prefix: string | undefined): boolean {
  if (typeof name !== 'string' || prefix === undefined || prefix === '') return false
  return name.startsWith(prefix.slice(0, 58))
}

function isListOf(value: Json, ...items: readonly string[]): boolean {
  if (!Array.isArray(value)) return false
  const list = value as readonly Json[]
  return list.length === items.length && list.every((item, i) => item === items[i])
}

function isExtraOf(value: Json, key: string | undefined, { extra }: UserInfo): boolean {
  const values = key === undefined ? undefined : extra.get(key)
  return values !== undefined && isListOf(value, ...values)
}
