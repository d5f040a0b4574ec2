import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { eventsPage, renewed } from '../../../../scripts/events-reference.ts'
import {
  cloudEventType,
  eventTypeNames,
} from '../../../../src/core/breakglass/outbox/event-types.ts'
import { sinkKinds } from '../../../../src/core/policy/break-glass-schema.ts'
import { goodPolicy, head } from '../../policy/policies.ts'

const page = await readFile(eventsPage, 'utf8')

test('docs/events.md is what the code tells; renew it with node scripts/docs-events.ts', async () => {
  assert.equal(page, await renewed(page))
})

test('docs/events.md has each event, in order, and no other', () => {
  const titles = [...page.matchAll(/^## `(.+)`$/gm)].map(([, title]) => title)
  assert.deepEqual(titles, eventTypeNames.map(cloudEventType))
})

test('the sinks of docs/break-glass.md are good ones, one of each kind', async () => {
  const text = await readFile(new URL('break-glass.md', eventsPage), 'utf8')
  const [, block = ''] = /```yaml\n(sinks:\n[^]*?)```/.exec(text) ?? []
  const indented = block.replaceAll(/^/gm, '    ')
  const { sinks } = goodPolicy(`${head}  breakGlass:\n${indented}\n`).spec.breakGlass
  assert.deepEqual(
    sinks.map(({ kind }) => kind),
    sinkKinds,
  )
})
