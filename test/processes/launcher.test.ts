import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { openLauncher } from '../../src/processes/launcher.ts'
import type { Order } from '../../src/processes/order.ts'

const source = new URL('../../src/processes/launcher.ts', import.meta.url).href

function shell(script: string): Order {
  const env = { PATH: process.env['PATH'] ?? '' }
  return { program: 'sh', args: ['-c', script], cwd: '/', env, stragglersMs: 0 }
}

function start(launcher: Pick<ReturnType<typeof openLauncher>, 'start'>, script: string) {
  let heard: (text: string) => void = () => undefined
  const first = new Promise<string>((resolve) => (heard = resolve))
  const running = launcher.start(shell(script), {
    onOutput: (chunk) => heard(chunk.toString()),
    onComplaint: () => undefined,
  })
  // Whoever does not look at it does not mind.
  running.ended.catch(() => undefined)
  return { ...running, first }
}

const parentOf = async (pid: number) =>
  Number(/\) \w (\d+)/.exec(await readFile(`/proc/${pid}/stat`, 'utf8'))?.[1])

async function isThere(pid: number): Promise<boolean> {
  if (!(await readdir('/proc')).includes(String(pid))) return false
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z')
  return !stat.includes(') Z')
}

async function untilGone(...pids: readonly number[]): Promise<void> {
  for (const pid of pids) {
    while (await isThere(pid)) await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('the process that starts others', () => {
  test('ends what is running when it is stopped, and starts nothing any more', async () => {
    const launcher = openLauncher()
    const { ended, first } = start(launcher, 'echo $$; exec sleep 600')
    const pid = Number(await first)
    await launcher.stop()
    await assert.rejects(ended, /is gone/)
    await untilGone(pid)
    await assert.rejects(start(launcher, 'true').ended, /nothing is started any more/)
    await launcher.stop()
  })

  test('is another one after it was killed, and what nobody knows about is an error', async (t) => {
    const launcher = openLauncher()
    t.after(() => launcher.stop())
    const { ended, first } = start(launcher, 'echo $PPID $$; exec sleep 600')
    const [pid = 0, orphan = 0] = (await first).split(' ').map(Number)
    process.kill(pid, 'SIGKILL')
    await assert.rejects(ended, /is gone/)
    process.kill(orphan, 'SIGKILL')
    const next = start(launcher, 'echo $PPID')
    assert.notEqual(Number(await next.first), pid)
    assert.deepEqual(await next.ended, { code: 0, signal: null })
  })

  test('is given up when it does not do as it is told', async (t) => {
    const launcher = openLauncher(200)
    t.after(() => launcher.stop())
    const stuck = start(launcher, 'echo $PPID $$; exec sleep 600')
    const [pid = 0, orphan = 0] = (await stuck.first).split(' ').map(Number)
    process.kill(pid, 'SIGSTOP')
    stuck.kill()
    await assert.rejects(stuck.ended, /is gone/)
    process.kill(orphan, 'SIGKILL')
    assert.deepEqual(await start(launcher, 'true').ended, { code: 0, signal: null })
  })

  test('is not what a signal to all of a group means', async (t) => {
    const launcher = openLauncher()
    t.after(() => launcher.stop())
    const { first, ended } = start(launcher, 'echo $PPID; sleep 0.3; exit 7')
    const pid = Number(await first)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(pid, signal)
    assert.equal((await ended).code, 7)
  })

  test('ends with whom it works for, however that ends', async () => {
    const script = `import { openLauncher } from ${JSON.stringify(source)}
      openLauncher().start({ program: 'sh', args: ['-c', 'echo $$; exec sleep 600'], cwd: '/', env: { PATH: process.env.PATH }, stragglersMs: 0 },
        { onOutput: (chunk) => process.stdout.write(chunk), onComplaint: () => undefined })`
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer]
    const program = Number(chunk.toString())
    const launcher = await parentOf(program)
    child.kill('SIGKILL')
    await untilGone(program, launcher)
  })

  test('does not keep anybody waiting who has nothing to do', async () => {
    const script = `import { openLauncher } from ${JSON.stringify(source)}
      const { start } = openLauncher()
      const { code } = await start({ program: 'true', args: [], cwd: '/', env: { PATH: process.env.PATH }, stragglersMs: 0 },
        { onOutput: () => undefined, onComplaint: () => undefined }).ended
      console.log(code)`
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number]
    assert.deepEqual([code, text], [0, '0\n'])
  })
})
