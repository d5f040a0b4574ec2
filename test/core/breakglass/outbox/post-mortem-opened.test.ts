import assert from 'node:assert/strict'
import { test } from 'node:test'
import { momentText } from '../../../../src/core/breakglass/moment.ts'
import { dataOf } from '../../../../src/core/breakglass/outbox/event-data.ts'
import { eventsOf } from '../../../../src/core/breakglass/outbox/events.ts'
import type { JsonObject } from '../../../../src/core/manifest/json.ts'
import { begin, minute, postMortem, telling } from './telling.ts'

test('a PostMortem is told of in the same words before its status says when it is due', () => {
  const postMortemTerms = { draftDue: '24h', reviewDue: '72h', timeZone: 'UTC' }
  const due = {
    draft: momentText(begin + 1440 * minute),
    review: momentText(begin + 4320 * minute),
  }
  const openedOf = (one: JsonObject) => {
    const told = telling({ postMortemTerms }, one)
    const opened = eventsOf(told).find(({ type }) => type === 'postmortem.opened')
    assert.ok(opened)
    return dataOf(opened, told, 'prod')
  }
  const { status: _status, ...bare } = postMortem()
  assert.deepEqual(openedOf(bare)['due'], due)
  assert.deepEqual(openedOf(bare), openedOf(postMortem({ due })))
})
