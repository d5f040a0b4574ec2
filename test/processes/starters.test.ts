import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, describe, test } from 'node:test'
import { startHere } from '../../src/processes/here.ts'
import { openLauncher } from '../../src/processes/launcher.ts'
import type { Order, Start } from '../../src/processes/order.ts'

// Both ways of starting programs keep the same promises.

const path = process.env['PATH'] ?? ''

function shell(script: string, more: Partial<Order> = {}): Order {
  const args = ['-c', script]
  return { program: 'sh', args, cwd: '/', env: { PATH: path }, stragglersMs: 0, ...more }
}

async function run(start: Start, order: Order, onOutput: (text: string) => void = () => undefined) {
  const output: Buffer[] = []
  const complaint: Buffer[] = []
  const running = start(order, {
    onOutput: (chunk) => {
      output.push(chunk)
      onOutput(Buffer.concat(output).toString())
    },
    onComplaint: (chunk) => void complaint.push(chunk),
  })
  const end = await running.ended
  return { ...end, output: Buffer.concat(output), complaint: Buffer.concat(complaint).toString() }
}

async function isGone(pid: number): Promise<boolean> {
  try {
    return (await readFile(`/proc/${pid}/stat`, 'utf8')).includes(') Z')
  } catch {
    return true
  }
}

async function untilGone(pid: number): Promise<void> {
  while (!(await isGone(pid))) await new Promise((resolve) => setTimeout(resolve, 20))
}

const starters: readonly (readonly [string, () => { start: Start; stop: () => Promise<void> }])[] =
  [
    ['from this process', () => ({ start: startHere, stop: () => Promise.resolve() })],
    ['from another process', openLauncher],
  ]

for (const [name, open] of starters) {
  describe(`a program started ${name}`, () => {
    const starter = open()
    const { start } = starter
    after(() => starter.stop())

    test('says what it has to say, and how it ended', async () => {
      const { code, signal, output, complaint } = await run(
        start,
        shell('printf "a\\0b"; echo no >&2; exit 3'),
      )
      assert.deepEqual([code, signal, output, complaint], [3, null, Buffer.from('a\0b'), 'no\n'])
    })

    test('writes as much as it wants, in order', async () => {
      const { output } = await run(start, shell('seq 1 300000'))
      const expected = Array.from({ length: 300_000 }, (_, i) => `${i + 1}\n`).join('')
      assert.ok(output.equals(Buffer.from(expected)))
    })

    test('has the environment that it is given, and no more', async () => {
      const order = { program: 'env', args: [], cwd: '/', stragglersMs: 0 }
      const { output } = await run(start, { ...order, env: { PATH: path, A: 'b' } })
      assert.deepEqual(output.toString().trim().split('\n').toSorted(), ['A=b', `PATH=${path}`])
    })

    test('reads its secret from descriptor 3, and need not', async () => {
      const given = { secret: 'password=hush\n' }
      assert.equal(String((await run(start, shell('cat <&3', given))).output), 'password=hush\n')
      assert.equal((await run(start, shell('exit 0', { secret: 'x'.repeat(10_000_000) }))).code, 0)
    })

    test('goes after everything else if it is patient', async () => {
      const own = 'cut -d" " -f19 /proc/$$/stat'
      const usual = (await run(start, shell(own))).output.toString().trim()
      const waiting = `until [ "$(${own})" -gt ${usual} ]; do sleep 0.02; done; echo it does`
      const { output } = await run(start, shell(waiting, { isPatient: true }))
      assert.equal(output.toString(), 'it does\n')
    })

    test('is killed with all that it has started', async () => {
      let pid = 0
      const running = start(shell('sleep 600 & echo $!; wait'), {
        onOutput: (chunk) => {
          pid = Number(chunk.toString())
          running.kill()
        },
        onComplaint: () => undefined,
      })
      assert.deepEqual(await running.ended, { code: null, signal: 'SIGKILL' })
      await untilGone(pid)
      running.kill()
    })

    test('is killed before anybody has heard of it', async () => {
      const quiet = { onOutput: () => undefined, onComplaint: () => undefined }
      const running = start(shell('sleep 600'), quiet)
      running.kill()
      assert.equal((await running.ended).signal, 'SIGKILL')
    })

    test('leaves nothing behind when it ends by itself', async () => {
      const { output } = await run(start, shell('sleep 600 & echo $!'))
      await untilGone(Number(output.toString()))
    })

    test('is not there', async () => {
      await assert.rejects(run(start, { ...shell(''), program: 'no-such-program' }), /ENOENT/)
    })
  })
}
