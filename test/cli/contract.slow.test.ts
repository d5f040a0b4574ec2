import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, closeSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import manifest from '../../package.json' with { type: 'json' }
import { fullPolicy } from '../core/policy/policies.ts'
import { main, solewriter } from './process.ts'

const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-cli-'))
after(() => rmSync(dir, { recursive: true }))

const good = path.join(dir, 'policy.yaml')
const bad = path.join(dir, 'bad.yaml')
writeFileSync(good, fullPolicy)
writeFileSync(bad, fullPolicy.replace('mode: enforce', 'mode: enforced'))

const codes: readonly (readonly [title: string, status: number, ...args: string[]])[] = [
  ['help is done', 0, '--help'],
  ['the help command is help', 0, 'help', 'policy', 'check'],
  ['the version is done', 0, '--version'],
  ['a good policy is done', 0, 'policy', 'check', good],
  ['a bad policy is a no', 1, 'policy', 'check', bad],
  ['a policy that is not there is usage', 2, 'policy', 'check', path.join(dir, 'none.yaml')],
  ['a bad policy that only configures is usage', 2, 'policy', 'suggest', dir, '--policy', bad],
  ['no command is usage', 2],
  ['half a command is usage', 2, 'policy'],
  ['an unknown command is usage', 2, 'polcy'],
  ['an unknown second word is usage', 2, 'policy', 'chek'],
  ['an unknown flag is usage', 2, 'policy', 'check', good, '--strict'],
  ['an argument too many is usage', 2, 'policy', 'check', good, bad],
  ['a missing argument is usage', 2, 'policy', 'check'],
  ['a missing option is usage', 2, 'certs', 'bootstrap'],
  ['a bad value is usage', 2, '-o', 'xml', 'policy', 'check', good],
]
for (const [title, status, ...args] of codes) {
  test(`${title}: exit ${status}`, () => {
    const ended = solewriter(args)
    assert.equal(ended.status, status, ended.stderr)
    if (status === 2) assert.equal(ended.stdout, '')
    if (status < 2) assert.equal(ended.stderr, '')
  })
}

test('the version is that of the package', () => {
  assert.equal(solewriter(['--version']).stdout, `${manifest.version}\n`)
})

test('-o stands anywhere', () => {
  const first = solewriter(['-o', 'json', 'policy', 'check', good]).stdout
  assert.equal((JSON.parse(first) as { ok: boolean }).ok, true)
  assert.equal(solewriter(['policy', '-ojson', 'check', good]).stdout, first)
  assert.equal(solewriter(['policy', 'check', good, '--output=json']).stdout, first)
})

test('nothing is coloured that is no terminal', () => {
  const { stdout, stderr } = solewriter(['policy', 'check', bad], {
    env: { ...process.env, FORCE_COLOR: '3' },
  })
  assert.ok(!(stdout + stderr).includes('\u001B'))
})

test('a reader that goes away ends it without complaint', async () => {
  const child = spawn(process.execPath, [main, 'policy', 'schema'])
  child.stdout.destroy()
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
  const [status] = (await once(child, 'close')) as [number | null]
  assert.equal(complaint, '')
  // Whether it noticed in time is a matter of buffers.
  assert.ok(status === 0 || status === 3, String(status))
})

test('output that cannot be written is not done', { skip: process.platform !== 'linux' }, () => {
  const full = openSync('/dev/full', 'w')
  const { status, stderr } = solewriter(['policy', 'schema'], { stdio: ['ignore', full, 'pipe'] })
  closeSync(full)
  assert.equal(status, 3)
  assert.match(stderr, /^error: cannot write the output: ENOSPC\n$/)
})

test('an interrupt while reading ends it without an answer', async () => {
  const child = spawn(process.execPath, [main, 'policy', 'suggest', '-', '--policy', good])
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  }
  // It says so at once: then it reads.
  child.stdin.write('no record\n')
  await once(child.stderr, 'data')
  child.kill('SIGINT')
  const [status] = (await once(child, 'exit')) as [number | null]
  assert.equal(status, 3)
  assert.equal(output, '-:1: is no record: skipped\n')
})

test('help and version load no package but the argument parser', () => {
  const hook = `
    import { registerHooks } from 'node:module'
    registerHooks({ resolve(name, context, next) {
      if (/^[a-z@]/.test(name) && !name.startsWith('node:') && !name.startsWith('file:'))
        if (!context.parentURL?.includes('node_modules')) console.error(name)
      return next(name, context)
    } })`
  const preload = `data:text/javascript,${encodeURIComponent(hook)}`
  for (const args of [['--help'], ['--version'], ['policy', '--help']]) {
    const { stderr } = spawnSync(process.execPath, ['--import', preload, main, ...args], {
      encoding: 'utf8',
    })
    assert.deepEqual([...new Set(stderr.trim().split('\n'))], ['commander'])
  }
})
