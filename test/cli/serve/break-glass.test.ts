import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Estate } from '../../../src/cli/estate/estate.ts'
import { createGate } from '../../../src/cli/serve/gate.ts'
import { queueing } from '../../../src/core/breakglass/queue.ts'
import { GuardError } from '../../../src/core/errors.ts'
import { createLogTo } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { clusterUid, contextWith } from '../../core/breakglass/issuing.ts'
import {
  aboutGrant,
  activeGrant,
  begin,
  breakGlassPolicy,
  fakeGrants,
  grantName,
  newGrant,
  scaling,
} from '../../core/decision/granting.ts'
import { circumstances } from '../../core/decision/deciding.ts'
import { request } from '../../fakes/requests.ts'

/** The gate of `serve`, with the durability that it asks of its journal. */
function gateWith(t: TestContext, grants: ReturnType<typeof fakeGrants>, isFull = false) {
  const asked: unknown[] = []
  const log = createLogTo({ write: () => undefined }, { level: 'error', now: Date.now })
  const now = () => begin
  const estate = new Estate({
    mirrorDir: '/nowhere',
    overrides: new Map(),
    searchPath: '',
    now,
    log,
  })
  t.after(() => estate.stop())
  const { cluster, own, engineObjects, digestKey } = circumstances({})
  const policy = { policy: breakGlassPolicy(), hash: 'sha256:p', loadedAt: 0, warnings: [] }
  const gate = createGate({
    policy: () => policy,
    estate,
    cluster,
    own,
    engineObjects,
    clusterUid,
    breakGlass: () => ({ grants: queueing(grants), issuers: contextWith().issuers }),
    plansSettled: () => Promise.resolve(false),
    arePlansKnown: () => true,
    digestKey: () => digestKey,
    journal: {
      append: (record, options) => {
        asked.push([record.reason, options?.durability])
        if (isFull) return Promise.reject(new GuardError('AuditWriteFailed', 'the disk is full'))
        return Promise.resolve({ prev: '', head: { writer: 'w', seq: 0, hash: '' } })
      },
      note: () => undefined,
    },
    config: '',
    now,
    metrics: createMetrics(),
    log,
  })
  return { gate, asked }
}

const call = { signal: new AbortController().signal, peer: undefined }

test('the record of a use is on disk before the use is answered, others in the file', async (t) => {
  const { gate, asked } = gateWith(t, fakeGrants([activeGrant()]))
  const answer = await gate.handle(request(scaling()), call)
  assert.equal(answer.allowed, true)
  assert.match(answer.warnings[0] ?? '', /^BREAK-GLASS bg-/)
  const creation = aboutGrant({ operation: 'CREATE', object: newGrant() })
  await gate.handle(request(creation), call)
  assert.deepEqual(asked, [
    ['BreakGlass', 'disk'],
    ['OwnObject', 'file'],
  ])
})

test('without its record nothing is let through, though the use is stored', async (t) => {
  const grants = fakeGrants([activeGrant()])
  const { gate } = gateWith(t, grants, true)
  const answer = await gate.handle(request(scaling()), call)
  assert.equal(answer.allowed, false)
  assert.match(answer.message, /^\[AuditFailed\]/)
  assert.equal(grants.usesOf(grantName).length, 1)
})
