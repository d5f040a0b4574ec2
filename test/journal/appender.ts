import { spawnSync } from 'node:child_process'
import { openJournal } from '../../src/journal/journal.ts'
import type { Durability } from '../../src/core/audit/sink.ts'
import { record } from '../core/audit/decisions.ts'
import { quiet } from './reading.ts'

// A process that appends until it is told not to, or killed, and prints one line for each outcome:
// the hash of an acknowledged record, or `refused`. At the first refusal it runs the shell command
// REMEDY. `appender.ts DIRECTORY COUNT AT-ONCE DURABILITY [REMEDY]`.

const [directory = '', count = '', atOnce = '', durability = '', remedy = ''] =
  process.argv.slice(2)
const journal = await openJournal({ directory, writer: 'pod-0', now: Date.now, log: quiet })
let isRemedied = remedy === ''
let left = count === 'endless' ? Infinity : Number(count)

async function appendInTurn(): Promise<void> {
  while (left > 0) {
    left -= 1
    const appended = await journal
      .append(record({ name: 'x'.repeat(100) }), { durability: durability as Durability })
      .catch(() => undefined)
    process.stdout.write(`${appended?.head.hash ?? 'refused'}\n`)
    if (appended !== undefined || isRemedied) continue
    spawnSync('sh', ['-c', remedy], { stdio: 'inherit' })
    isRemedied = true
  }
}

process.stdout.write('opened\n')
await Promise.all(Array.from({ length: Number(atOnce) }, appendInTurn))
await journal.stop().catch(() => {})
