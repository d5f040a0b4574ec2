import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { attempts } from '../../demo/story.ts'
import { processesOf } from '../cluster/process-table.ts'

const main = path.join(import.meta.dirname, '..', '..', 'demo', 'main.ts')

interface Running {
  readonly child: ChildProcess
  readonly text: () => string
  readonly ended: Promise<unknown>
}

describe('the demo on a real control plane', () => {
  let directory: string

  before(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'demo-e2e-'))
  })
  after(() => {
    rmSync(directory, { recursive: true })
  })

  /** Cluster, repository and all are below a temporary directory of its own. */
  function start(): Running {
    const { NODE_TEST_CONTEXT: _context, FORCE_COLOR: _colour, ...env } = process.env
    const child = spawn(process.execPath, [main], {
      env: { ...env, TMPDIR: directory },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part))
    return { child, text: () => text, ended: once(child, 'close') }
  }

  async function assertNothingLeft(): Promise<void> {
    assert.deepEqual(readdirSync(directory), [])
    assert.deepEqual(await processesOf(directory), [])
  }

  test('shows what it promises, and leaves nothing', async () => {
    const { child, text, ended } = start()
    await ended
    assert.equal(child.exitCode, 0, text())
    assert.match(text(), /✓ up in /)
    for (const { answer, reason } of attempts) {
      assert.ok(text().includes(`✓ ${answer}: ${reason}\n`), reason)
    }
    assert.match(text(), /admission webhook "writes\.solewriter\.dev" denied the request/)
    for (const answer of ['admitted, and said so: BreakGlass', 'resolved: Promoted']) {
      assert.ok(text().includes(`✓ ${answer}\n`), answer)
    }
    assert.match(text(), /✓ the answer of the cluster, down to the decision id/)
    assert.deepEqual(
      text()
        .split('\n')
        .filter((line) => line.length > 100),
      [],
    )
    await assertNothingLeft()
  })

  test('leaves nothing either when it is interrupted while the cluster comes up', async () => {
    const { child, text, ended } = start()
    child.stdout?.on('data', () => {
      if (!text().includes('starting kube-controller-manager') || child.killed) return
      // As by npm: what the terminal sends comes twice.
      child.kill('SIGINT')
      child.kill('SIGINT')
    })
    await ended
    assert.equal(child.exitCode, 130, text())
    await assertNothingLeft()
  })
})
