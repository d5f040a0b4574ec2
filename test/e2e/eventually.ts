import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until it holds, long enough for a slow machine; nothing is said about how soon. */
export async function eventually(
  what: string,
  holds: () => Promise<boolean> | boolean,
): Promise<void> {
  const deadline = Date.now() + 90_000
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, `in vain: ${what}`)
    await sleep(100)
  }
}
