import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { toMessage } from '../../../../src/core/breakglass/outbox/cloud-event.ts'
import { keyOf } from '../../../../src/core/breakglass/outbox/event.ts'
import { eventsOf } from '../../../../src/core/breakglass/outbox/events.ts'
import { statusAfter } from '../../../../src/core/breakglass/outbox/outbox-status.ts'
import { postMortemSchema } from '../../../../src/core/breakglass/objects/post-mortem-schema.ts'
import { at, type JsonObject } from '../../../../src/core/manifest/json.ts'
import { bypass, pastTheWebhook } from './past-the-webhook.ts'
import { begin } from './telling.ts'

const teller = { clusterUid: 'uid-1', cluster: 'prod' }

describe('an event about writes past the webhook', () => {
  const all = eventsOf(pastTheWebhook).map((one) => toMessage(one, pastTheWebhook, teller))

  test('names the post-mortem, who it was, and one write', () => {
    const [first] = all
    assert.equal(first?.event.subject, 'postmortems/pm-bypass-1')
    assert.equal(first.event.authtype, 'service_account')
    assert.equal(first.event.authid, 'system:serviceaccount:ci:deployer')
    assert.equal(at(first.event.data, 'write', 'name'), 'm1')
    assert.equal(at(first.event.data, 'grant'), undefined)
    assert.equal(first.kind, 'PostMortem')
    assert.equal(
      first.headline,
      'PAST THE WEBHOOK: system:serviceaccount:ci:deployer: create configmaps pay/m1 (pm-bypass-1)',
    )
  })

  test('stays the same while more of them are found', () => {
    const grown = { ...bypass, status: { ...bypass.status, count: 301 } }
    const told = { ...pastTheWebhook, grant: grown, postMortem: grown }
    assert.deepEqual(
      eventsOf(told).map((one) => toMessage(one, told, teller)),
      all,
    )
  })

  test('has a cause among them, and a headline that does not speak of a grant', () => {
    const ids = new Set(all.map(({ event }) => event.id))
    for (const { event, headline } of all) {
      if (event.causationid !== undefined) assert.ok(ids.has(event.causationid), event.type)
      assert.doesNotMatch(headline, /break-glass/)
    }
    assert.equal(ids.size, all.length)
  })

  test('is kept for good once it is reviewed and told', () => {
    const sink = { name: 'file', isMandatory: true, wants: () => true }
    const told = eventsOf(pastTheWebhook).map(keyOf)
    const report = { sink: 'file', isMandatory: true, revision: 'r', told, at: begin, random: 0 }
    const status = statusAfter(pastTheWebhook, report, [sink])
    const types = (status['conditions'] as readonly JsonObject[]).map(({ type }) => type)
    assert.deepEqual(types, ['Delivered', 'DeliveryFailed', 'Archived'])
    assert.ok(postMortemSchema.safeParse({ spec: bypass.spec, status }).success)
  })
})
