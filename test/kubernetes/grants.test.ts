import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, test, type TestContext } from 'node:test'
import { stringAt, type JsonObject } from '../../src/core/manifest/json.ts'
import { openGrants, type ClusterGrants } from '../../src/kubernetes/grants.ts'
import { createLogTo } from '../../src/telemetry/log.ts'
import { aggregated } from '../../src/kubernetes/discovery.ts'
import { activeGrant, grantName, holder, newGrant } from '../core/decision/granting.ts'
import { json, startApiServer } from './api-server.ts'

// What a real API server cannot be made to do; test/e2e/break-glass*.test.ts have the rest.

const { signal } = new AbortController()
const collection = '/apis/solewriter.dev/v1alpha1/breakglassgrants'

interface Asked {
  readonly method: string
  readonly url: URL
  readonly body: string
}

type Answer = (asked: Asked, response: ServerResponse) => void

interface Opened {
  readonly grants: ClusterGrants
  /** Requests apart from those of the watch. */
  readonly asked: readonly Asked[]
}

/** Grants of an API server that answers so; its watch never says anything unless it is told to. */
async function open(
  t: TestContext,
  answer: Answer,
  listed: readonly JsonObject[] = [],
  onUnknownUses?: () => void,
): Promise<Opened> {
  const asked: Asked[] = []
  const { api } = await startApiServer(t, (request, response) => {
    void bodyOf(request).then((body) => {
      const url = new URL(request.url ?? '', 'https://localhost')
      const one = { method: request.method ?? '', url, body }
      if (url.pathname === '/apis' || url.pathname === '/api') discovery(url, response)
      else if (url.searchParams.has('watch')) response.writeHead(200).flushHeaders()
      else if (url.searchParams.has('limit')) json(response, 200, list(listed))
      else {
        asked.push(one)
        answer(one, response)
      }
    })
  })
  const log = createLogTo({ write: () => undefined }, { level: 'error', now: Date.now })
  const grants = openGrants({ api, now: Date.now, log, ...(onUnknownUses && { onUnknownUses }) })
  t.after(() => grants.stop())
  return { grants, asked }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function discovery(url: URL, response: ServerResponse): void {
  const resource = {
    resource: 'breakglassgrants',
    responseKind: { group: 'solewriter.dev', version: 'v1alpha1', kind: 'BreakGlassGrant' },
    scope: 'Cluster',
    verbs: ['get', 'list', 'watch'],
  }
  const versions = [{ version: 'v1alpha1', freshness: 'Current', resources: [resource] }]
  const items = url.pathname === '/api' ? [] : [{ metadata: { name: 'solewriter.dev' }, versions }]
  response.writeHead(200, { 'content-type': aggregated })
  response.end(JSON.stringify({ kind: 'APIGroupDiscoveryList', items }))
}

function list(items: readonly JsonObject[], resourceVersion = '90') {
  return { kind: 'BreakGlassGrantList', metadata: { resourceVersion }, items }
}

function versioned(grant: JsonObject, resourceVersion: string): JsonObject {
  const metadata = grant['metadata'] as JsonObject
  return { ...grant, metadata: { ...metadata, resourceVersion } }
}

const status = (code: number, reason = 'Whatever') => ({ kind: 'Status', code, reason })
const next = { resourceVersion: '100', status: { phase: 'Active' } }

describe('a status that is written', () => {
  test('replaces the one of that version, and no other part of the grant', async (t) => {
    const { grants, asked } = await open(t, ({ body }, response) => {
      json(response, 200, versioned(JSON.parse(body) as JsonObject, '101'))
    })
    assert.deepEqual(await grants.record(grantName, next, signal), { kind: 'stored' })
    const [{ method, url, body } = assert.fail()] = asked
    assert.deepEqual([method, url.pathname], ['PUT', `${collection}/${grantName}/status`])
    assert.deepEqual(JSON.parse(body), {
      apiVersion: 'solewriter.dev/v1alpha1',
      kind: 'BreakGlassGrant',
      metadata: { name: grantName, resourceVersion: '100' },
      status: next.status,
    })
    // Whoever asks next need not wait for the watch.
    assert.equal(stringAt(grants.get(grantName), 'metadata', 'resourceVersion'), '101')
  })

  for (const [title, code, kind] of [
    ['that met another write is a conflict', 409, 'conflict'],
    ['of a grant that is gone says so', 404, 'gone'],
    ['that is refused has failed', 403, 'failed'],
    ['whose storing broke off has failed', 500, 'failed'],
  ] as const) {
    test(title, async (t) => {
      const { grants } = await open(t, (_asked, response) => {
        json(response, code, status(code))
      })
      assert.equal((await grants.record(grantName, next, signal)).kind, kind)
    })
  }

  test('that nobody answers in time has failed, and may have been stored', async (t) => {
    const { grants } = await open(t, () => undefined)
    const limit = AbortSignal.timeout(50)
    assert.equal((await grants.record(grantName, next, limit)).kind, 'failed')
  })

  test('without a version is not sent: it would overwrite whatever is there', async (t) => {
    const { grants, asked } = await open(t, (_asked, response) => {
      json(response, 200, {})
    })
    for (const resourceVersion of ['', '0x1', 'new']) {
      const { kind } = await grants.record(grantName, { ...next, resourceVersion }, signal)
      assert.equal(kind, 'conflict')
    }
    assert.deepEqual(asked, [])
  })
})

describe('the grants of a user', () => {
  const filled = versioned(activeGrant(), '80')
  const unfilled = versioned(newGrant(), '81')
  const selectors = (asked: readonly Asked[]) =>
    asked.map(({ url }) => url.searchParams.get('fieldSelector'))

  test('as a watch has them are found by holder, filled or not', async (t) => {
    const foreign = newGrant({
      claims: { sub: 'bob', jti: '0198c1d2-7c1e-7b2f-9a53-000000000000' },
    })
    const { grants, asked } = await open(t, () => undefined, [unfilled, versioned(foreign, '82')])
    const seen = new Promise<void>((resolve) => {
      grants.onChange((grant) => {
        if (stringAt(grant, 'metadata', 'name') === grantName) resolve()
      })
    })
    await seen
    const names = async (user: string) =>
      (await grants.ofUser(user, 'seen', signal)).map((one) => stringAt(one, 'metadata', 'name'))
    assert.deepEqual(await names(holder.username), [grantName])
    assert.deepEqual(await names('mallory'), [])
    assert.equal((await names('bob')).length, 1)
    assert.deepEqual(asked, [])
  })

  test('live are those without a status, and then those of the user', async (t) => {
    const { grants, asked } = await open(t, ({ url }, response) => {
      const isOwn = url.searchParams.get('fieldSelector') !== 'status.subject.username='
      json(response, 200, list(isOwn ? [filled] : [unfilled]))
    })
    const found = await grants.ofUser(holder.username, 'live', signal)
    // It was filled between the two: what is newer counts, and nothing is missed.
    assert.deepEqual(found, [filled])
    assert.deepEqual(selectors(asked), [
      'status.subject.username=',
      `status.subject.username=${holder.username}`,
    ])
  })

  test('live are also those that nobody has filled yet', async (t) => {
    const { grants } = await open(t, ({ url }, response) => {
      const isOwn = url.searchParams.get('fieldSelector') !== 'status.subject.username='
      json(response, 200, list(isOwn ? [] : [unfilled]))
    })
    assert.deepEqual(await grants.ofUser(holder.username, 'live', signal), [unfilled])
  })

  test('are asked for by exactly that name', async (t) => {
    const { grants, asked } = await open(t, (_asked, response) => {
      json(response, 200, list([]))
    })
    await grants.ofUser('a,status.phase=b\\', 'live', signal)
    assert.equal(selectors(asked)[1], String.raw`status.subject.username=a\,status.phase\=b\\`)
  })

  test('are none where nobody has installed the kind', async (t) => {
    const { grants } = await open(t, (_asked, response) => {
      json(response, 404, status(404))
    })
    assert.deepEqual(await grants.ofUser('alice', 'live', signal), [])
    assert.equal(await grants.read(grantName, signal), undefined)
  })

  test('that cannot be read are not taken for none', async (t) => {
    const { grants } = await open(t, (_asked, response) => {
      json(response, 403, status(403))
    })
    await assert.rejects(grants.ofUser('alice', 'live', signal), { code: 'ClusterUnreachable' })
    await assert.rejects(grants.read(grantName, signal), { code: 'ClusterUnreachable' })
  })

  test('are read once for all who ask meanwhile, and anew for them', async (t) => {
    const waiting: (() => void)[] = []
    const { grants, asked } = await open(t, (_asked, response) => {
      waiting.push(() => {
        json(response, 200, list([]))
      })
    })
    const all = Promise.all(
      Array.from({ length: 20 }, () => grants.ofUser('alice', 'live', signal)),
    )
    let isDone = false
    void all.finally(() => (isDone = true))
    while (!isDone) {
      waiting.splice(0).forEach((answer) => {
        answer()
      })
      await new Promise(setImmediate)
    }
    assert.equal(asked.length, 4)
  })
})

describe('a new grant', () => {
  const made = newGrant()

  test('is stored as it is', async (t) => {
    const { grants, asked } = await open(t, ({ body }, response) => {
      json(response, 201, versioned(JSON.parse(body) as JsonObject, '101'))
    })
    assert.equal(await grants.create(made, signal), 'created')
    const [{ method, url, body } = assert.fail()] = asked
    assert.deepEqual([method, url.pathname], ['POST', collection])
    assert.deepEqual(JSON.parse(body), made)
  })

  test('is none where there is one of its name', async (t) => {
    const { grants } = await open(t, (_asked, response) => {
      json(response, 409, status(409, 'AlreadyExists'))
    })
    assert.equal(await grants.create(made, signal), 'exists')
  })

  test('that is refused was not made, and nothing of its token is told', async (t) => {
    const { grants } = await open(t, ({ body }, response) => {
      json(response, 403, { ...status(403), message: body })
    })
    await assert.rejects(grants.create(made, signal), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'ClusterUnreachable')
      assert.ok(!error.message.includes(made.spec.token))
      return true
    })
  })
})

describe('approvals', () => {
  test('are those of one grant, as they are now', async (t) => {
    const approval = { metadata: { name: `${grantName}.1` }, spec: { grant: grantName } }
    const { grants, asked } = await open(t, (_asked, response) => {
      json(response, 200, list([approval]))
    })
    assert.deepEqual(await grants.approvals(grantName, signal), [approval])
    assert.equal(asked[0]?.url.searchParams.get('fieldSelector'), `spec.grant=${grantName}`)
    assert.deepEqual(await grants.approvals('a,spec.by=b', signal), [])
    assert.equal(asked.length, 1)
  })

  test('that cannot be read are not taken for none', async (t) => {
    const { grants } = await open(t, (_asked, response) => {
      json(response, 403, status(403))
    })
    await assert.rejects(grants.approvals(grantName, signal), { code: 'ClusterUnreachable' })
  })
})

describe('uses on an object', () => {
  const on = { group: 'apps', resource: 'deployments', namespace: 'payments', name: 'api' }
  const use = (more: JsonObject = {}) => ({
    n: 1,
    fingerprint: 'sha256:1',
    time: '2026-08-23T02:15:00Z',
    op: 'UPDATE',
    target: { ...on, version: 'v1', subresource: 'scale', uid: 'd1' },
    state: 'Admitted',
    ...more,
  })
  const used = (more: JsonObject = {}, resourceVersion = '7') =>
    activeGrant({ status: { uses: [use(more)] }, metadata: { resourceVersion } })

  test('find their grant while they are open, whatever part of it they wrote', async (t) => {
    const { grants } = await open(t, () => undefined, [used()])
    while (grants.usedOn(on).length === 0) await new Promise(setImmediate)
    assert.deepEqual(grants.usedOn({ ...on, name: 'web' }), [])
    assert.deepEqual(grants.usedOn({ ...on, group: '' }), [])
  })

  test('do so no more once each is resolved', async (t) => {
    const next = used({ resolution: { kind: 'Promoted' } }, '101')
    const { grants } = await open(t, (_asked, response) => json(response, 200, next), [used()])
    while (grants.usedOn(on).length === 0) await new Promise(setImmediate)
    await grants.read(grantName, signal)
    assert.deepEqual(grants.usedOn(on), [])
  })

  test('are none before grants were listed, and whoever asks is counted', async (t) => {
    let unknown = 0
    const { grants } = await open(
      t,
      () => undefined,
      [used()],
      () => (unknown += 1),
    )
    assert.deepEqual(grants.usedOn(on), [])
    assert.equal(unknown, 1)
    while (grants.usedOn(on).length === 0) await new Promise(setImmediate)
    const before = unknown
    grants.usedOn(on)
    assert.equal(unknown, before)
  })
})

test('a name that is a path is nobody’s', async (t) => {
  const { grants, asked } = await open(t, () => undefined)
  for (const name of ['', '.', '..', 'a/b', 'a%2fb']) {
    assert.equal(await grants.read(name, signal), undefined)
  }
  assert.deepEqual(asked, [])
})
