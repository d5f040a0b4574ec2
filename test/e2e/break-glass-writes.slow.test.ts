import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Outcome } from '../cluster/run.ts'
import {
  grants,
  patch,
  startGround,
  type Ground,
  type StoredGrant,
  type Wanted,
} from './break-glass-ground.ts'
import { assertTaken } from './refusals.ts'

// Each kind of write that there is, under a grant for exactly it, and as one use.

let ground: Ground

before(async () => {
  ground = await startGround()
})

after(() => ground.end())

type Detail = Wanted['details'][number]

function detail(
  resource: string,
  operations: Detail['operations'],
  more: Partial<Detail> = {},
): Detail {
  const [apiGroups, resources] = splitGroup(resource)
  const fields = operations.some((one) => one === 'CREATE' || one === 'UPDATE') ? ['*'] : undefined
  return {
    apiGroups,
    resources,
    operations,
    namespaces: ['pay'],
    ...(fields !== undefined && { fields }),
    ...more,
  }
}

/** `apps/deployments/scale`: group, then resource with subresource. */
function splitGroup(resource: string): [readonly string[], readonly string[]] {
  const [group = '', ...rest] = resource.split('/')
  return [[group], [rest.join('/')]]
}

const { namespaces: _namespaces, ...clusterScoped } = detail(
  'scheduling.k8s.io/priorityclasses',
  ['UPDATE'],
  { fields: ['metadata.labels'] },
)

interface Case {
  readonly title: string
  readonly detail: Detail
  readonly args: readonly string[]
  readonly input?: object
  /** `resource[/subresource] OPERATION` of its use. */
  readonly use: string
  /** What stops it afterwards, where nobody runs containers. */
  readonly stoppedBy?: RegExp
  readonly program?: string
}

const configMap = (name: string, data: object) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'pay' },
  data,
})

const cases: readonly Case[] = [
  {
    title: 'a creation',
    detail: detail('/configmaps', ['CREATE']),
    args: ['create', '-f', '-'],
    input: configMap('fresh', { a: '1' }),
    use: 'configmaps CREATE',
  },
  {
    title: 'an update by replacement',
    detail: detail('/configmaps', ['UPDATE'], { fields: ['data'] }),
    args: ['replace', '-f', '-'],
    input: configMap('fresh', { a: '2' }),
    use: 'configmaps UPDATE',
  },
  {
    title: 'a server-side apply',
    detail: detail('/configmaps', ['UPDATE'], { names: ['fresh'], fields: ['data.b'] }),
    args: ['apply', '--server-side', '-f', '-'],
    input: configMap('fresh', { b: '3' }),
    use: 'configmaps UPDATE',
  },
  ...(['json', 'merge', 'strategic'] as const).map((type, i): Case => {
    const change = { data: { c: String(i) } }
    const body = type === 'json' ? [{ op: 'add', path: '/data/c', value: String(i) }] : change
    return {
      title: `a ${type} patch`,
      detail: detail('/configmaps', ['UPDATE'], { fields: ['data.c'] }),
      args: ['-n', 'pay', 'patch', 'cm', 'fresh', `--type=${type}`, '-p', JSON.stringify(body)],
      use: 'configmaps UPDATE',
    }
  }),
  {
    title: 'a scaling',
    detail: detail('apps/deployments/scale', ['UPDATE'], { fields: ['spec.replicas'] }),
    args: ['-n', 'pay', 'scale', 'deploy/api', '--replicas=1'],
    use: 'deployments/scale UPDATE',
  },
  {
    title: 'a restart',
    detail: detail('apps/deployments', ['UPDATE'], {
      fields: ['spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"]'],
    }),
    args: ['-n', 'pay', 'rollout', 'restart', 'deploy/front'],
    use: 'deployments UPDATE',
  },
  {
    title: 'an exec',
    detail: detail('/pods/exec', ['CONNECT'], { names: ['shell'] }),
    args: ['-n', 'pay', 'exec', 'shell', '--', 'cat', '/etc/passwd'],
    use: 'pods/exec CONNECT',
    stoppedBy: /does not have a host assigned/,
    program: 'cat',
  },
  {
    title: 'a port-forward',
    detail: detail('/pods/portforward', ['CONNECT'], { names: ['shell'] }),
    args: ['create', '--raw', '/api/v1/namespaces/pay/pods/shell/portforward', '-f', '-'],
    input: {},
    use: 'pods/portforward CONNECT',
    stoppedBy: /does not have a host assigned/,
  },
  {
    title: 'an ephemeral container',
    detail: detail('/pods/ephemeralcontainers', ['UPDATE'], {
      fields: ['spec.ephemeralContainers'],
    }),
    args: [
      '-n',
      'pay',
      'patch',
      'pod',
      'shell',
      '--subresource=ephemeralcontainers',
      '-p',
      JSON.stringify({
        spec: { ephemeralContainers: [{ name: 'debug', image: 'example.com/d' }] },
      }),
    ],
    use: 'pods/ephemeralcontainers UPDATE',
  },
  {
    title: 'an object of a custom kind',
    detail: detail('example.com/widgets', ['CREATE']),
    args: ['create', '-f', '-'],
    input: {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'w', namespace: 'pay' },
      spec: { size: 1 },
    },
    use: 'widgets CREATE',
  },
  {
    title: 'a cluster-scoped object',
    detail: clusterScoped,
    args: ['label', 'priorityclass', 'urgent', 'by=hand'],
    use: 'priorityclasses UPDATE',
  },
  {
    title: 'an eviction',
    detail: detail('/pods/eviction', ['CREATE'], { names: ['shell'] }),
    args: ['create', '--raw', '/api/v1/namespaces/pay/pods/shell/eviction', '-f', '-'],
    input: {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'shell', namespace: 'pay' },
    },
    use: 'pods/eviction CREATE',
  },
  {
    title: 'a deletion',
    detail: detail('/configmaps', ['DELETE'], { names: ['fresh'] }),
    args: ['-n', 'pay', 'delete', 'cm', 'fresh'],
    use: 'configmaps DELETE',
  },
]

function kubectl({ args, input }: Pick<Case, 'args' | 'input'>): Promise<Outcome> {
  const { cluster } = ground
  return cluster.kubectl('alice', args, input === undefined ? {} : { input: JSON.stringify(input) })
}

type Use = NonNullable<NonNullable<StoredGrant['status']>['uses']>[number]

function described({ op, target }: Use): string {
  const { resource, subresource = '' } = target
  return `${[resource, subresource].filter((word) => word !== '').join('/')} ${op}`
}

describe('a write under a grant for exactly it', () => {
  for (const one of cases) {
    test(`is taken as one use, and refused without: ${one.title}`, async () => {
      const before = await kubectl(one)
      assert.match(before.stderr, /\[(?:HumanWrite|GrantEnded|GrantOutOfScope)\]/)
      const name = await ground.activate({ details: [one.detail] })
      const { code, stderr } = await kubectl(one)
      if (one.stoppedBy === undefined) assert.equal(code, 0, stderr)
      else assert.match(stderr, one.stoppedBy)
      const [use, ...others] = (await ground.grant(name)).status?.uses ?? []
      assert.deepEqual(others, [])
      assert.ok(use !== undefined)
      assert.equal(described(use), one.use)
      assert.equal(use.program, one.program)
      await stop(name)
    })
  }

  test('is one use for each object that a deletion of a collection finds', async () => {
    const path = '/api/v1/namespaces/web/configmaps'
    const maker = await ground.activate({
      details: [detail('/configmaps', ['CREATE'], { namespaces: ['web'] })],
    })
    const alice = ground.as('alice')
    for (const name of ['one', 'two']) {
      const body = { metadata: { name, labels: { sweep: 'me' } } }
      assertTaken(await alice({ method: 'POST', path, body }), 201)
    }
    await stop(maker)
    const labels = ['sweep=me']
    const name = await ground.activate({
      details: [detail('/configmaps', ['DELETE'], { namespaces: ['web'], labels })],
    })
    const sweep = { method: 'DELETE', path: `${path}?labelSelector=sweep%3Dme` }
    const answer = await alice(sweep)
    assertTaken(answer)
    const uses = (await ground.grant(name)).status?.uses ?? []
    assert.ok(uses.length >= 2, JSON.stringify(uses))
    await stop(name)
  })
})

async function stop(name: string): Promise<void> {
  assertTaken(await ground.as('alice')(patch(`${grants}/${name}`, { spec: { ended: true } })))
}
