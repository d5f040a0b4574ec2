import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, type TestContext } from 'node:test'
import { digestAt } from '../../../src/core/breakglass/field-values.ts'
import type { Json, JsonObject } from '../../../src/core/manifest/json.ts'
import { json, startApiServer } from '../../kubernetes/api-server.ts'
import { call, policyText, startRemote, type Remote } from './remote.ts'

export const grantName = 'bg-0198c1d2-7c1e-4b2f-9a53-0d6f7f4f2a11'

export interface Promoting {
  readonly remote: Remote
  /** What the cluster has, by path. */
  readonly objects: Map<string, JsonObject>
  promote(...args: readonly string[]): ReturnType<typeof call>
}

interface Given {
  readonly files: Readonly<Record<string, string>>
  readonly uses: readonly JsonObject[]
  readonly objects?: Readonly<Record<string, JsonObject>>
  readonly sources?: string
  /** More of the policy. */
  readonly policy?: string
  /** Kinds that the cluster serves beside: `group/version resource Kind`. */
  readonly serves?: readonly string[]
}

/** A repository, a grant with these uses, and a cluster that answers for the objects of them. */
export async function startPromoting(given: Given): Promise<Promoting> {
  const { files, uses, sources = '[{path: apps}]', policy = '', serves = [] } = given
  const remote = startRemote(files)
  writeFileSync(path.join(remote.dir, 'policy.yaml'), policyText(sources, policy))
  const objects = new Map(Object.entries(given.objects ?? {}))
  const grant = {
    metadata: { name: grantName },
    spec: {},
    status: { subject: { username: 'alice' }, incident: 'INC-42', reason: 'too few', uses },
  }
  const server = await startApiServer({ after } as TestContext, (request, response) => {
    response.setHeader('date', new Date(Date.UTC(2026, 5, 1, 12)).toUTCString())
    const { pathname } = new URL(request.url ?? '/', 'https://localhost')
    if (pathname.endsWith('/selfsubjectreviews')) {
      return json(response, 201, { status: { userInfo: { username: 'alice' } } })
    }
    if (pathname.endsWith(`/breakglassgrants/${grantName}`)) return json(response, 200, grant)
    if (pathname === '/api' || pathname === '/apis') {
      return json(response, 200, discovery(pathname === '/api' ? [] : serves))
    }
    const object = objects.get(pathname)
    if (object !== undefined) return json(response, 200, object)
    if (serves.some((one) => pathname.endsWith(`/${one.split(' ')[1]}`))) {
      const items = [...objects].filter(([name]) => name.startsWith('/list')).map(([, one]) => one)
      const kind = serves.find((one) => pathname.endsWith(`/${one.split(' ')[1]}`))?.split(' ')[2]
      return json(response, 200, { items: items.filter((one) => one['kind'] === kind) })
    }
    json(response, 404, { kind: 'Status', code: 404, details: { name: 'x' } })
  })
  return {
    remote,
    objects,
    promote: (...args) => {
      const at = ['--policy', 'policy.yaml', '--repo', `fleet=${remote.url}`]
      const whole = [...at, '--kubeconfig', server.kubeconfig, ...args]
      return call(remote, ['breakglass', 'promote', grantName, ...whole])
    },
  }
}

function discovery(serves: readonly string[]) {
  const items = serves.map((one) => {
    const [where = '', resource, kind] = one.split(' ')
    const [group, version] = where.split('/')
    const served = { resource, responseKind: { kind }, scope: 'Namespaced' }
    return { metadata: { name: group }, versions: [{ version, resources: [served] }] }
  })
  return { kind: 'APIGroupDiscoveryList', items }
}

interface UseOf {
  readonly n?: number
  readonly op?: string
  readonly resource?: string
  readonly group?: string
  readonly subresource?: string
  readonly kind?: string
  readonly name?: string
  readonly paths?: readonly string[]
  /** What stood there afterwards. */
  readonly after?: JsonObject
  readonly diff?: Json
  readonly more?: JsonObject
}

const usual = {
  n: 1,
  op: 'UPDATE',
  resource: 'deployments',
  group: 'apps',
  subresource: '',
  kind: 'Deployment',
  name: 'api',
  paths: ['*'],
}

/** As a grant keeps it; of the Deployment pay/api by default. */
export function use(of: UseOf): JsonObject {
  const { after: left, diff, more, ...given } = of
  const { n, op, paths, ...object } = { ...usual, ...given }
  const post = left === undefined ? undefined : digestAt(left, paths)
  return {
    n,
    op,
    paths,
    fingerprint: `sha256:${n}`,
    decisionId: `01KHYQXZ0078MA14MKNCEM78N${n}`,
    time: `2026-06-01T11:0${n}:00Z`,
    target: { ...object, version: 'v1', namespace: 'pay', uid: 'u' },
    ...(post !== undefined && { post }),
    ...(diff !== undefined && { diff }),
    tips: [],
    state: 'Committed',
    ...more,
  }
}

export const apiFile = `# the front door
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: pay}
spec:
  replicas: 3 # three zones
  template:
    spec:
      containers:
      - {name: api, image: "api:1"}
`

export const apiPath = '/apis/apps/v1/namespaces/pay/deployments/api'

/** As the cluster has it. */
export function api(replicas: number, image = 'api:1'): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'api', namespace: 'pay', uid: 'u', generation: 4 },
    spec: { replicas, template: { spec: { containers: [{ name: 'api', image }] } } },
  }
}
