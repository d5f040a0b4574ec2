import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { followClientCa } from '../../../src/cli/serve/client-ca.ts'
import { createLogTo } from '../../../src/telemetry/log.ts'
import { sharedPki } from '../../server/gate.ts'
import { scratch } from '../scratch.ts'
import { eventually } from './serving.ts'

test('what is wrong with the authority of callers is said once, and again when it changes', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const { authority } = await sharedPki()
  const clientCaFile = path.join(scratch(), 'ca.crt')
  writeFileSync(clientCaFile, authority.certificatePem)
  const said: string[] = []
  const log = createLogTo(
    { write: (line) => void said.push(line) },
    { level: 'info', now: Date.now },
  )
  let changes = 0
  const stop = followClientCa({
    settings: { kind: 'mtls', clientCaFile, names: ['x'] },
    known: { kind: 'mtls', clientCaPem: authority.certificatePem, names: ['x'] },
    log,
    onChange: () => (changes += 1),
  })
  t.after(stop)
  const look = async (lines: number) => {
    t.mock.timers.tick(10_000)
    await eventually('the line', () => said.length >= lines)
    for (let n = 0; n < 20; n += 1) await turn()
  }
  await look(0)
  rmSync(clientCaFile)
  for (let n = 0; n < 4; n += 1) await look(1)
  writeFileSync(clientCaFile, 'nonsense')
  for (let n = 0; n < 4; n += 1) await look(2)
  writeFileSync(clientCaFile, authority.certificatePem)
  await look(2)
  rmSync(clientCaFile)
  await look(3)
  const causes = said.map((line) => /ENOENT|no certificate/.exec(line)?.[0])
  assert.deepEqual(causes, ['ENOENT', 'no certificate', 'ENOENT'])
  // The last good one was in force all along.
  assert.equal(changes, 0)
})
