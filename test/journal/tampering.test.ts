import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Verification } from '../../src/core/audit/verify.ts'
import { chainVerifier } from '../../src/core/audit/verify.ts'
import { toLines } from '../core/audit/chains.ts'
import { keys, plans, writeHonestLog, type Files, type HonestLog } from './honest-log.ts'
import { tampers, type Tamper } from './tampering.ts'

// Whatever real journals leave behind is never accused, and whatever is done to it afterwards without
// the key is always named.

function verify(files: Files, { anchors }: HonestLog, withKeys = true): Verification {
  const options = { anchors, ...(withKeys ? { keys: keys.published } : {}) }
  const verifier = chainVerifier(options)
  for (const [name, lines] of files) for (const line of toLines(lines, name)) verifier.add(line)
  return verifier.result()
}

function isSame(a: Files, b: Files): boolean {
  const texts = ([a, b] as const).map((files) => JSON.stringify([...files]))
  return texts[0] === texts[1]
}

const picks = fc.tuple(fc.nat(), fc.nat(), fc.nat())
const logs: (HonestLog & { readonly absent: number })[] = []

test('an honest log is never accused, however its processes ended', async () => {
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const log = await writeHonestLog(plan)
      for (const withKeys of [true, false]) {
        assert.deepEqual(verify(log.files, log, withKeys).problems, [])
      }
      const { absent } = verify(log.files, log)
      // What says that a chain was removed is removed itself some day.
      if (plan.filter(({ kind }) => kind === 'expire').length < 2) assert.deepEqual(absent, [])
      logs.push({ ...log, absent: absent.length })
    }),
    { numRuns: 20 },
  )
})

describe('whoever', () => {
  for (const [what, tamper] of Object.entries(tampers)) {
    test(`${what} is found`, () => {
      assert.ok(logs.length > 0)
      fc.assert(
        fc.property(fc.nat({ max: logs.length - 1 }), picks, (n, some) => {
          const log = logs[n]!
          const tampered = applied(tamper, log, some)
          fc.pre(tampered !== undefined)
          const { problemCount, absent } = verify(tampered, log)
          assert.ok(problemCount > 0 || absent.length > log.absent)
        }),
        { numRuns: 100 },
      )
    })
  }
})

function applied(
  tamper: Tamper,
  { files }: HonestLog,
  some: readonly [number, number, number],
): Files | undefined {
  const tampered = tamper(files, some)
  return isSame(tampered, files) ? undefined : tampered
}
