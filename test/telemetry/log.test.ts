import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'node:test'
import { createLog, createLogTo } from '../../src/telemetry/log.ts'

test('a line is JSON with time, level, event and fields', () => {
  const lines: string[] = []
  const log = createLogTo(
    { write: (line) => void lines.push(line) },
    { level: 'info', now: () => Date.UTC(2030, 0, 1), base: { command: 'serve' } },
  )
  log.debug('not_shown')
  log.info('policy_loaded', { hash: 'abc', token: 'value' })
  assert.equal(lines.length, 1)
  assert.deepEqual(JSON.parse(lines[0] ?? ''), {
    level: 'info',
    time: '2030-01-01T00:00:00.000Z',
    command: 'serve',
    hash: 'abc',
    token: '[redacted]',
    event: 'policy_loaded',
  })
})

test('an error is shown with its code and causes', () => {
  const lines: string[] = []
  const log = createLogTo(
    { write: (line) => void lines.push(line) },
    { level: 'info', now: () => 0 },
  )
  log.error('fetch_failed', { err: new Error('outer', { cause: new Error('inner') }) })
  const line = JSON.parse(lines[0] ?? '') as {
    err: { message: string; cause: { message: string } }
  }
  assert.equal(line.err.message, 'outer')
  assert.equal(line.err.cause.message, 'inner')
})

const program = `
  import { createLog } from ${JSON.stringify(new URL('../../src/telemetry/log.ts', import.meta.url).href)}
  const log = createLog({ level: 'info', descriptor: 1, now: Date.now })
  for (let i = 0; i < 100; i += 1) log.info('counted', { i })
`

test('after a flush nothing is lost to an exit', async () => {
  const lines = await run(`${program}; await log.flush(); process.exit(0)`)
  assert.equal(lines.length, 100)
})

test('after a flush everything stands where it goes to, and an idle log is flushed too', async (t) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'solewriter-log-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const file = path.join(directory, 'log')
  const descriptor = openSync(file, 'w')
  t.after(() => closeSync(descriptor))
  const log = createLog({ level: 'info', descriptor, now: Date.now })
  await log.flush()
  for (const count of [1, 1000]) {
    for (let i = 0; i < count; i += 1) log.info('counted', { i })
    await log.flush()
  }
  assert.equal(readFileSync(file, 'utf8').trimEnd().split('\n').length, 1001)
})

test('a reader that has gone does not end the process', async () => {
  const child = spawn(process.execPath, [
    '--input-type=module',
    '--eval',
    `${program}
    await log.flush()
    for (let i = 0; i < 20; i += 1) {
      log.info('more')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    process.stderr.write('alive')
    process.exit(0)`,
  ])
  child.stdout.destroy()
  let text = ''
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number]
  assert.deepEqual([code, text], [0, 'alive'])
})

async function run(script: string): Promise<readonly string[]> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script])
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await once(child, 'close')
  return text.trim().split('\n')
}
