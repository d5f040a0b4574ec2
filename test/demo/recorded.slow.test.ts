import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createFleet } from '../../demo/fleet.ts'
import { RecordedStage } from '../../demo/recorded.ts'
import { attempts } from '../../demo/story.ts'
import { Surprise } from '../../demo/surprise.ts'
import { createNarrator } from '../../demo/terminal.ts'
import { createWorkspace } from '../../demo/workspace.ts'

const main = path.join(import.meta.dirname, '..', '..', 'demo', 'main.ts')
const answers = attempts.map(({ answer, reason }) => `✓ ${answer}: ${reason}`)

let scratch: string

before(() => {
  scratch = mkdtempSync(path.join(tmpdir(), 'demo-test-'))
})
after(() => {
  rmSync(scratch, { recursive: true })
})

/** In a temporary directory of its own, so that what it leaves shows. */
function demo(args: readonly string[], vars: Readonly<Record<string, string>> = {}) {
  const { NODE_TEST_CONTEXT: _context, FORCE_COLOR: _colour, ...env } = process.env
  const directory = mkdtempSync(path.join(scratch, 'tmp-'))
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    env: { ...env, TMPDIR: directory, ...vars },
  })
  return { status, stdout, stderr, left: readdirSync(directory) }
}

function answersIn(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^✓ (?:refused|admitted): /.test(line))
}

describe('the demo from recordings', () => {
  let played: ReturnType<typeof demo>

  before(() => {
    played = demo(['--recorded'])
  })

  test('decides every recorded request as the cluster did, and leaves nothing', () => {
    const { status, stdout, left } = played
    assert.equal(status, 0, stdout)
    assert.deepEqual(answersIn(stdout), answers)
    assert.match(
      stdout,
      /\[HumanWrite\] deployments\.apps shop\/web is declared in fleet:shop\/web/,
    )
    assert.match(stdout, /^ {2}path {6}shop\/api\.yaml:1$/m)
    assert.deepEqual(left, [])
  })

  test('is plain text of at most 100 columns where there is no terminal', () => {
    assert.equal(played.stdout.includes('\u001B'), false)
    assert.deepEqual(
      played.stdout.split('\n').filter((line) => line.length > 100),
      [],
    )
  })

  test('takes the place of the real one, and says so, where no control plane can be had', () => {
    const tools = path.join(scratch, 'tools')
    mkdirSync(tools)
    for (const tool of ['git', 'sh', 'cat']) symlinkSync(which(tool), path.join(tools, tool))
    const { status, stdout } = demo([], {
      PATH: tools,
      XDG_CACHE_HOME: path.join(scratch, 'empty'),
      KUBEBUILDER_ASSETS: '',
      SOLEWRITER_OFFLINE: '1',
    })
    assert.equal(status, 0, stdout)
    assert.match(stdout, /no etcd v\S+ to be had/)
    assert.match(stdout, /No control plane can be had here/)
    assert.deepEqual(answersIn(stdout), answers)
  })
})

test('an answer other than the promised one is a surprise', async (t) => {
  const workspace = createWorkspace()
  t.after(() => {
    workspace.remove()
  })
  const narrator = createNarrator({ write: () => true }, {})
  await createFleet(workspace, narrator).create()
  const stage = new RecordedStage({ workspace, narrator })
  const [attempt = assert.fail()] = attempts
  await stage.attempt(attempt)
  await assert.rejects(stage.attempt({ ...attempt, reason: 'Protected' }), Surprise)
  await assert.rejects(stage.attempt({ ...attempt, answer: 'admitted' }), Surprise)
})

test('arguments that it does not know are refused with the usage', () => {
  for (const args of [['--fast'], ['recorded'], ['--keep', '--recorded']]) {
    const { status, stdout, stderr } = demo(args)
    assert.equal(status, 2)
    assert.equal(stdout, '')
    assert.match(stderr, /usage: npm run demo/)
  }
})

function which(tool: string): string {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter)
  const found = folders.find((folder) => {
    const inside = spawnSync(path.join(folder, tool), ['--version']).error === undefined
    return path.isAbsolute(folder) && inside
  })
  return path.join(found ?? assert.fail(`no ${tool}`), tool)
}
