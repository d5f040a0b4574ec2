import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { bundleInto } from '../../../scripts/bundle.ts'
import { scratch } from '../scratch.ts'

const dir = scratch()
const dist = path.join(dir, 'dist')
const bin = path.join(dir, 'bin')
await bundleInto(dist)
mkdirSync(bin)
// As npm installs them, and as somebody who only has solewriter may.
symlinkSync(path.join(dist, 'kubectl-breakglass.js'), path.join(bin, 'kubectl-breakglass'))
symlinkSync(path.join(dist, 'solewriter.js'), path.join(bin, 'solewriter'))
mkdirSync(path.join(dir, 'own'))
symlinkSync(path.join(dist, 'solewriter.js'), path.join(dir, 'own', 'kubectl-breakglass'))

/** What kubectl does with its words after it has found the file. */
function run(program: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(path.join(dir, program), args, {
    cwd: dir,
    encoding: 'utf8',
    env: { PATH: path.dirname(process.execPath) },
  })
  return { status, stdout, stderr }
}

for (const program of [
  'bin/kubectl-breakglass',
  'own/kubectl-breakglass',
  'dist/kubectl-breakglass.js',
]) {
  test(`${program} goes by the name that people type`, () => {
    const help = run(program, 'request', '--help')
    assert.deepEqual([help.status, help.stderr], [0, ''])
    assert.match(help.stdout, /^Usage: kubectl breakglass request \[options\] \[RESOURCE\/NAME\]\n/)
    assert.equal(run(program, 'help', 'request').stdout, help.stdout)
    assert.match(run(program, '--help').stdout, /^Usage: kubectl breakglass COMMAND/)
  })
}

test('it does what solewriter breakglass does', () => {
  const made = run('bin/kubectl-breakglass', 'keygen', '--out', 'key', '-o', 'json')
  assert.equal(made.status, 0, made.stderr)
  assert.ok(existsSync(path.join(dir, 'key', 'key.pem')))
  const words = ['mint', '--key', 'key/key.pem', '--issuer', 'https://a.example', '--user', 'alice']
  const about = [
    '--cluster',
    'c',
    '--preset',
    'exec',
    '-n',
    'pay',
    '--incident',
    'I',
    '--reason',
    'R',
  ]
  assert.match(run('bin/kubectl-breakglass', ...words, ...about).stdout, /^eyJ[\w.-]+\n$/)
  assert.equal(run('bin/kubectl-breakglass').status, 2)
  assert.equal(run('bin/kubectl-breakglass', 'serve').status, 2)
})

test('solewriter keeps its own name', () => {
  const { stdout } = run('bin/solewriter', 'breakglass', 'request', '--help')
  assert.match(stdout, /^Usage: solewriter breakglass request /)
})
