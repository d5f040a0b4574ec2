import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { check } from '../../scripts/image-steps.ts'

const root = path.join(import.meta.dirname, '..', '..')
const scratch = mkdtempSync(path.join(tmpdir(), 'solewriter-package-'))
const prefix = path.join(scratch, 'prefix')
const installed = path.join(prefix, 'lib', 'node_modules', 'solewriter')

after(() => rmSync(scratch, { recursive: true }))

interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

let packed: Packed

before(() => {
  const [found] = JSON.parse(
    npm(['pack', '--json', '--pack-destination', scratch], root),
  ) as Packed[]
  assert.ok(found !== undefined)
  packed = found
  // Away from the checkout, with nothing to ask for packages.
  npm(['install', '--global', '--offline', path.join(scratch, packed.filename)], scratch)
})

function npm(args: readonly string[], cwd: string): string {
  const env = { ...process.env, npm_config_prefix: prefix, npm_config_cache: `${scratch}/cache` }
  const flags = ['--no-audit', '--no-fund', '--loglevel=error']
  const { status, stdout, stderr } = spawnSync('npm', [...args, ...flags], {
    cwd,
    env,
    encoding: 'utf8',
  })
  assert.equal(status, 0, `npm ${args.join(' ')}: ${stderr}`)
  return stdout.slice(stdout.indexOf('['))
}

describe('the npm package', () => {
  test('holds the bundle, the manifests and the pages, and no sources', () => {
    const paths = packed.files.map((file) => file.path)
    const programs = ['solewriter', 'parse-worker', 'launcher-process']
    const kept = [...programs.map((name) => `dist/${name}.js`), 'dist/LICENSES.txt', 'LICENSE']
    for (const file of [...kept, 'manifests/base/webhook.yaml', 'docs/install.md']) {
      assert.ok(paths.includes(file), file)
    }
    assert.deepEqual(
      paths.filter((file) => /^(src|test|scripts|bench|demo|certs|\.)/.test(file)),
      [],
    )
  })

  test('needs no other package', () => {
    const manifest = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8')) as {
      readonly dependencies?: object
    }
    assert.equal(manifest.dependencies, undefined)
    assert.ok(!existsSync(path.join(installed, 'node_modules')))
    assert.deepEqual(readdirSync(path.dirname(installed)), ['solewriter'])
  })

  test('brings the plugin that kubectl looks for', () => {
    const { status, stdout } = spawnSync(
      path.join(prefix, 'bin', 'kubectl-breakglass'),
      ['--help'],
      {
        encoding: 'utf8',
      },
    )
    assert.equal(status, 0)
    assert.match(stdout, /^Usage: kubectl breakglass COMMAND/)
  })

  test('runs from PATH: its commands, and serve until it is told to go', async () => {
    const PATH = `${path.join(prefix, 'bin')}${path.delimiter}${process.env['PATH']}`
    await check({ words: ['solewriter'], env: { ...process.env, PATH } })
  })
})
