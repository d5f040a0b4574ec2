import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'node:test'
import { queueing } from '../../../src/core/breakglass/queue.ts'
import { HoldNotes } from '../../../src/cli/serve/holds.ts'
import { at } from '../../../src/core/manifest/json.ts'
import { createLogTo } from '../../../src/telemetry/log.ts'
import { activeGrant, begin, fakeGrants, grantName, minute } from '../../core/decision/granting.ts'

const held = {
  grant: grantName,
  use: 1,
  at: begin,
  by: 'flux',
  commit: `fleet@${'a'.repeat(40)}`,
  until: begin + 30 * minute,
}

function notesOn(grants: ReturnType<typeof fakeGrants>) {
  const lines: string[] = []
  const write = (line: string) => void lines.push(line)
  const log = createLogTo({ write }, { level: 'info', now: () => begin })
  const notes = new HoldNotes(queueing(grants), log)
  /** Until somebody has said something more. */
  const heard = async (count: number) => {
    for (let i = 0; lines.length < count; i += 1) {
      assert.ok(i < 1000, 'nothing is said')
      await turn()
    }
  }
  return { notes, lines, heard }
}

test('many attempts of an engine are one write to the grant', async () => {
  const grants = fakeGrants([activeGrant()])
  const { notes, lines, heard } = notesOn(grants)
  for (let i = 0; i < 20; i += 1) notes.note({ ...held, at: begin + i })
  await heard(1)
  notes.note(held)
  await notes.stop()
  assert.equal(grants.attempts(), 1)
  assert.equal((at(grants.stored(grantName), 'status', 'holds') as unknown[]).length, 1)
  assert.equal(lines.filter((line) => line.includes('write_held')).length, 1)
})

test('what could not be written down is tried again with the next attempt', async () => {
  const grants = fakeGrants([activeGrant()])
  grants.faults.record = (attempt) => (attempt === 1 ? 'failed' : undefined)
  const { notes, lines, heard } = notesOn(grants)
  notes.note(held)
  await heard(1)
  assert.match(lines[0] ?? '', /the disk is full.*hold_not_noted/)
  await turn()
  notes.note(held)
  await heard(2)
  assert.match(lines[1] ?? '', /write_held/)
  await notes.stop()
})

test('a grant that is gone is no trouble', async () => {
  const { notes, lines, heard } = notesOn(fakeGrants())
  notes.note(held)
  await heard(1)
  await notes.stop()
  assert.match(lines[0] ?? '', /gone.*hold_not_noted/)
})
