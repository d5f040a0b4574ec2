import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { call, callJson } from '../breakglass/calling.ts'
import { startGround } from './ground.ts'

// What somebody wrote past the webhook, as people read and review it.

const begins = await startGround()
const name = 'pm-bypass-20260221t12-2bd806c97f0e'

function write(n: number, more: JsonObject = {}): JsonObject {
  return {
    n,
    auditId: `audit-${n}`,
    time: `2026-02-21T11:0${n}:00Z`,
    verb: 'patch',
    resource: 'deployments.apps/scale',
    namespace: 'pay',
    name: 'api',
    code: 200,
    why: 'NotAsked',
    sourceIps: ['192.0.2.17'],
    ...more,
  }
}

function ground(actor: string, status: JsonObject = {}) {
  const cluster = begins()
  cluster.postMortems.set(name, {
    metadata: { name, creationTimestamp: '2026-02-21T11:05:00Z' },
    spec: { bypass: { actor, from: '2026-02-21T11:00:00Z', to: '2026-02-21T12:00:00Z' } },
    status: {
      phase: 'Resolved',
      count: 240,
      firstAt: '2026-02-21T11:01:00Z',
      lastAt: '2026-02-21T11:04:00Z',
      due: { draft: '2026-02-22T11:05:00Z', review: '2026-02-24T00:00:00Z' },
      writes: [
        write(1),
        write(2, { why: 'Impersonated', as: 'system:serviceaccount:ci:deployer', verb: 'delete' }),
      ],
      ...status,
    },
  })
  return cluster
}

const close = ['postmortem', 'close', name, '--verdict', 'unjustified', '--notes', 'a mistake']

describe('a post-mortem of what was written past the webhook', () => {
  test('is listed with who wrote and how much', async () => {
    const { code, out } = await call(ground('alice'), ['postmortem', 'list'])
    assert.equal(code, 0)
    assert.match(
      out,
      new RegExp(`^${name} +alice +Resolved +240 unseen +2026-02-24T00:00:00Z$`, 'm'),
    )
  })

  test('is shown with each write that it lists', async () => {
    const { code, out, err } = await call(ground('alice'), ['postmortem', 'show', name])
    assert.deepEqual([code, err], [0, ''])
    assert.equal(
      out,
      `post-mortem  ${name}
phase        Resolved, 240 written past the webhook
actor        alice
between      2026-02-21T11:00:00Z and 2026-02-21T12:00:00Z
draft due    2026-02-22T11:05:00Z
review due   2026-02-24T00:00:00Z

   TIME                  VERB    OBJECT                          CODE  FROM        WHY
1  2026-02-21T11:01:00Z  patch   deployments.apps/scale pay/api  200   192.0.2.17  the API server did not ask
2  2026-02-21T11:02:00Z  delete  deployments.apps/scale pay/api  200   192.0.2.17  under the name of somebody who may write; as system:serviceaccount:ci:deployer
and 238 more, which are only counted

TIME                  WHAT                              BY
2026-02-21T11:01:00Z  the first write past the webhook  alice (actor)
2026-02-21T11:04:00Z  the last of 240                   alice (actor)
`,
    )
  })

  test('is JSON with every key', async () => {
    const json = await callJson(ground('alice'), ['postmortem', 'show', name])
    const bypass = json['bypass'] as JsonObject
    assert.deepEqual(Object.keys(bypass).toSorted(), [
      'actor',
      'count',
      'firstAt',
      'from',
      'lastAt',
      'to',
      'truncated',
      'writes',
    ])
    assert.equal((bypass['writes'] as readonly JsonObject[])[1]?.['why'], 'Impersonated')
  })

  test('is a page without names', async () => {
    const { code, out } = await call(ground('alice'), [
      'postmortem',
      'show',
      name,
      '-o',
      'markdown',
    ])
    assert.equal(code, 0)
    assert.match(out, /^\| Actor \| the actor \|$/m)
    assert.match(out, /^## Why nobody was asked$/m)
    assert.match(out, /^\| .* \| patch \| `deployments\.apps\/scale pay\/api` \| 200 \|/m)
    assert.match(out, /^238 more are only counted/m)
    assert.match(out, /Somebody other than the actor decides/)
    assert.doesNotMatch(out, /\balice\b/)
  })

  test('is closed by somebody else', async () => {
    const cluster = ground('alice')
    const { code, out, err } = await call(cluster, close)
    assert.deepEqual([code, out, err], [0, `${name} is closed: unjustified\n`, ''])
  })

  test('is not closed by who wrote, whatever command is used', async () => {
    const cluster = ground('carol')
    const own = await call(cluster, close)
    assert.equal(own.code, 1)
    assert.match(own.err, /^nobody reviews their own writes: somebody other than carol closes/)
  })

  test('is not closed while it grows', async () => {
    const conditions = [
      { type: 'Resolved', status: 'False', reason: 'Open', message: 'More of them may be found.' },
    ]
    const { code, err } = await call(ground('alice', { phase: 'Open', conditions }), close)
    assert.deepEqual([code, err], [1, `${name} is not resolved: More of them may be found.\n`])
  })
})
