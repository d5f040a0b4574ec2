import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import { toAnswer } from '../../../src/core/decision/answer.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { gvk, gvr } from './deciding.ts'
import {
  activeGrant,
  breakGlassPolicy,
  deployment,
  fakeGrants,
  holder,
  replica,
  scaling,
} from './granting.ts'

const command = /In an emergency: (kubectl breakglass request .*?) --incident ID --reason "\.\.\."/

async function messageOf(
  changes: Partial<AdmissionRequest>,
  policy = breakGlassPolicy(),
  grants = fakeGrants(),
): Promise<string> {
  return toAnswer(await replica({ grants, policy })({ user: holder, ...changes }), {}).message
}

async function wayOut(changes: Partial<AdmissionRequest>, policy = breakGlassPolicy()) {
  return command.exec(await messageOf(changes, policy))?.[1]
}

function podSpec(image: string): JsonObject {
  return { replicas: 3, template: { spec: { containers: [{ name: 'c', image }] } } }
}

const pods = { resource: gvr('pods'), kind: gvk('Pod'), namespace: 'payments', name: 'api-0' }
const nodes = { resource: gvr('nodes'), kind: gvk('Node'), namespace: '', name: 'n1' }
const node = (spec: JsonObject) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n1' },
  spec,
})
const restarted = (at: string) => ({
  template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': at } } },
})
const cronJobs = { resource: gvr('cronjobs', 'batch'), kind: gvk('CronJob', 'batch') }

const ways: readonly (readonly [string, string | undefined, Partial<AdmissionRequest>])[] = [
  ['replicas', '--preset scale -n payments deploy/api', scaling()],
  [
    'scale',
    '--preset scale -n payments deploy/api',
    scaling({
      subresource: 'scale',
      kind: gvk('Scale', 'autoscaling'),
      object: { spec: { replicas: 5 } },
      oldObject: { spec: { replicas: 3 } },
    }),
  ],
  [
    'a rollout restart',
    '--preset restart -n payments deploy/api',
    scaling({ oldObject: deployment(restarted('1')), object: deployment(restarted('2')) }),
  ],
  [
    'an image',
    '--preset image -n payments deploy/api',
    scaling({ oldObject: deployment(podSpec('a:1')), object: deployment(podSpec('a:2')) }),
  ],
  [
    'a whole template',
    '--preset rollback -n payments deploy/api',
    scaling({
      oldObject: deployment({ template: { spec: { priority: 1 } } }),
      object: deployment({ template: { spec: { priority: 2 } } }),
    }),
  ],
  [
    'anything else of an object',
    '--preset edit -n payments deploy/api',
    scaling({ object: deployment({ replicas: 3, paused: true }) }),
  ],
  [
    'a CronJob suspended',
    '--preset suspend -n payments cronjob/api',
    scaling({
      ...cronJobs,
      oldObject: deployment({ suspend: false }),
      object: deployment({ suspend: true }),
    }),
  ],
  [
    'a custom resource',
    '--preset edit -n payments widgets.example.com/api',
    scaling({ resource: gvr('widgets', 'example.com'), kind: gvk('Widget', 'example.com') }),
  ],
  ['a Pod deleted', '--preset delete-pod -n payments pod/api-0', { ...pods, operation: 'DELETE' }],
  [
    'all Pods deleted',
    '--preset delete-pod -n payments',
    { ...pods, name: '', operation: 'DELETE' },
  ],
  [
    'an exec',
    '--preset exec -n payments pod/api-0',
    { ...pods, subresource: 'exec', operation: 'CONNECT', object: { command: ['sh'] } },
  ],
  [
    'an eviction, whose node it does not say',
    '--preset drain node/NAME',
    { ...pods, subresource: 'eviction', kind: gvk('Eviction', 'policy'), oldObject: null },
  ],
  [
    'a cordon',
    '--preset drain node/n1',
    {
      ...nodes,
      operation: 'UPDATE',
      oldObject: node({}),
      object: node({ unschedulable: true }),
    },
  ],
  [
    'a Job',
    '--preset job -n payments job/once',
    {
      resource: gvr('jobs', 'batch'),
      kind: gvk('Job', 'batch'),
      namespace: 'payments',
      name: 'once',
      object: { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'once' }, spec: {} },
    },
  ],
  ['what no preset is for', undefined, scaling({ operation: 'DELETE', object: null })],
  [
    'owners, which no preset may name',
    undefined,
    scaling({ object: deployment({ replicas: 3 }, { ownerReferences: [{ uid: 'x' }] }) }),
  ],
]

describe('a denial names the way out', () => {
  for (const [title, expected, changes] of ways) {
    test(`for ${title}`, async () => {
      const words = expected === undefined ? undefined : `kubectl breakglass request ${expected}`
      assert.equal(await wayOut(changes), words)
    })
  }

  test('after the place in Git, in one line', async () => {
    assert.match(
      await messageOf(scaling()),
      /^\[HumanWrite\] deployments\.apps payments\/api is not declared in Git\. Declare it in fleet\. In an emergency: kubectl breakglass request --preset scale -n payments deploy\/api --incident ID --reason "\.\.\." \(decision [0-9A-Z]{26}\)$/,
    )
  })

  test('also to somebody whose grant is for something else', async () => {
    const message = await messageOf(
      scaling({ object: deployment({ replicas: 3, paused: true }) }),
      breakGlassPolicy(),
      fakeGrants([activeGrant()]),
    )
    assert.match(message, /^\[GrantOutOfScope\] .*In an emergency: .* --preset edit /)
  })
})

describe('a denial names no way out', () => {
  test('that the policy gives somebody else', async () => {
    const rules = '{subjects: {groups: [sre-lead]}}'
    assert.equal(await wayOut(scaling(), breakGlassPolicy({ rules })), undefined)
  })

  test('that the rule would narrow until it does not cover the write', async () => {
    const rules =
      '{subjects: {groups: [sre-oncall]}, maxScope: [{resources: [deployments.apps], operations: [UPDATE], fields: [spec.paused], namespaces: [payments]}]}'
    assert.equal(await wayOut(scaling(), breakGlassPolicy({ rules })), undefined)
  })

  for (const mode of ['audit', 'warn']) {
    test(`that nobody needs: ${mode}`, async () => {
      const world = { grants: fakeGrants(), policy: breakGlassPolicy({ mode }) }
      const { allowed, verdict } = await replica(world)(scaling())
      assert.ok(allowed && verdict.kind === 'deny')
      assert.ok(!verdict.message.includes('kubectl'))
    })
  }

  for (const name of ['$(reboot)', 'a`b`', "a'b", 'a;b', 'a|b', '-a']) {
    test(`that a shell would read as something else: ${name}`, async () => {
      const roles = gvr('clusterroles', 'rbac.authorization.k8s.io')
      const request = scaling({ resource: roles, namespace: '', name })
      assert.ok(!(await messageOf(request)).includes('kubectl'))
    })
  }

  test('of which the limit of a denial would leave half', async () => {
    const long = scaling({ namespace: 'n'.repeat(63), name: 'a'.repeat(253) })
    const message = await messageOf(long)
    assert.ok(Buffer.byteLength(message) <= 1024)
    assert.match(message, command)
    const fleets = breakGlassPolicy()
    const repositories = [1, 2, 3, 4, 5].map((n) => ({
      ...fleets.spec.repositories[0]!,
      name: `${n}${'f'.repeat(60)}`,
    }))
    const longer = await messageOf(long, { ...fleets, spec: { ...fleets.spec, repositories } })
    assert.ok(!longer.includes('kubectl'))
  })
})
