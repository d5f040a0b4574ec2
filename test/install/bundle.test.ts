import assert from 'node:assert/strict'
import { execFileSync, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { bundleInto } from '../../scripts/bundle.ts'

const root = path.join(import.meta.dirname, '..', '..')
const scratch = mkdtempSync(path.join(tmpdir(), 'solewriter-bundle-'))
const bundle = path.join(scratch, 'bundle')

before(() => bundleInto(bundle))
after(() => rmSync(scratch, { recursive: true }))

function read(file: string): string {
  return readFileSync(path.join(bundle, file), 'utf8')
}

describe('the bundle', () => {
  test('is a program, what it starts beside it, and the licences', () => {
    const files = readdirSync(bundle).toSorted()
    const programs = ['kubectl-breakglass.js', 'solewriter.js']
    const others = ['LICENSES.txt', 'launcher-process.js', 'package.json', 'parse-worker.js']
    assert.deepEqual(files, [...others, ...programs].toSorted())
    for (const program of programs) {
      assert.equal(statSync(path.join(bundle, program)).mode & 0o777, 0o755)
      assert.ok(read(program).startsWith('#!/usr/bin/env node\n'))
    }
  })

  test('is the same from the same sources', async () => {
    const again = path.join(scratch, 'again')
    await bundleInto(again)
    for (const file of readdirSync(bundle)) {
      assert.ok(readFileSync(path.join(again, file)).equals(readFileSync(path.join(bundle, file))))
    }
  })

  test('does not say where it was made', () => {
    for (const file of readdirSync(bundle)) assert.ok(!read(file).includes(root), file)
  })

  test('lists what is inside, with licence texts, and none of the tools that made it', () => {
    const titles = read('LICENSES.txt').match(/^\S+ \d+\.\d+\.\d+\S* \(.+\)$/gm) ?? []
    const names = new Set(titles.map((title) => title.split(' ')[0]))
    for (const name of [
      '@kubernetes/client-node',
      'express',
      'node-forge',
      'pino',
      'yaml',
      'zod',
    ]) {
      assert.ok(names.has(name), name)
    }
    for (const name of ['esbuild', 'typescript', 'oxlint', 'knip', 'fast-check', 'prettier']) {
      assert.ok(!names.has(name), name)
    }
    const inside = read('solewriter.js').matchAll(/^\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)
    for (const [, name] of inside) assert.ok(names.has(name), name)
    assert.match(read('LICENSES.txt'), /Permission is hereby granted, free of charge/)
  })
})

describe('the bundle, away from the checkout', () => {
  const fleet = path.join(scratch, 'fleet')
  const policy = path.join(scratch, 'policy.yaml')
  const worker = path.join(bundle, 'parse-worker.js')

  before(() => {
    mkdirSync(fleet)
    const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: pay}\n'
    writeFileSync(path.join(fleet, 'settings.yaml'), manifest)
    writeFileSync(policy, policyText)
    git('init', '-q', '-b', 'main')
    git('add', '-A')
    git('commit', '-q', '-m', 'one')
  })

  function git(...args: readonly string[]): string {
    const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.com']
    return execFileSync('git', [...identity, ...args], { cwd: fleet, encoding: 'utf8' }).trim()
  }

  /** The reason of a decision that needs the index, which a worker fills. */
  function decide(): string {
    const args = ['review', '-f', '-', '--policy', policy, '--repo', `fleet=${fleet}`]
    const flags = ['--disable-proto=delete', path.join(bundle, 'solewriter.js')]
    const input = reviewOf(git('rev-parse', 'HEAD'))
    const options = { cwd: scratch, input, encoding: 'utf8' } as const
    const { stdout, stderr } = spawnSync(process.execPath, [...flags, ...args], options)
    const [line = ''] = stdout.split('\n')
    return /"reason-code":"(\w+)"/.exec(line)?.[1] ?? `${line}${stderr}`
  }

  test('decides by what a commit declares, read by its own worker', () => {
    assert.equal(decide(), 'VerifiedCommit')
  })

  test('starts programs through a small process of its own', async () => {
    const launcher = fork(path.join(bundle, 'launcher-process.js'), { serialization: 'advanced' })
    const order = { program: 'true', args: [], cwd: '/', env: process.env, stragglersMs: 0 }
    launcher.send({ kind: 'start', id: 1, order })
    const [report] = (await once(launcher, 'message')) as [object]
    assert.deepEqual(report, { kind: 'ended', id: 1, end: { code: 0, signal: null } })
    launcher.disconnect()
    await once(launcher, 'exit')
  })

  test('refuses when there is no worker', () => {
    renameSync(worker, `${worker}.away`)
    assert.notEqual(decide(), 'VerifiedCommit')
    renameSync(`${worker}.away`, worker)
  })
})

const policyText = `apiVersion: solewriter.dev/v1alpha1
kind: Policy
metadata: {name: t}
spec:
  mode: enforce
  repositories:
  - {name: fleet, url: "https://git.example.com/fleet.git", branches: [main], sources: [{path: .}]}
  writers:
  - {name: ci, subject: {serviceAccount: ci/deployer}, evidence: [annotation], repositories: [fleet], verify: declared}
`

function reviewOf(commit: string): string {
  const annotations = { 'solewriter.dev/repo': 'fleet', 'solewriter.dev/commit': commit }
  const metadata = { name: 'settings', namespace: 'pay', annotations }
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '1',
      kind: { group: '', version: 'v1', kind: 'ConfigMap' },
      resource: { group: '', version: 'v1', resource: 'configmaps' },
      name: 'settings',
      namespace: 'pay',
      operation: 'CREATE',
      userInfo: {
        username: 'system:serviceaccount:ci:deployer',
        uid: '0b1c',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:ci'],
        extra: { 'authentication.kubernetes.io/credential-id': ['JTI=1'] },
      },
      object: { apiVersion: 'v1', kind: 'ConfigMap', metadata },
      oldObject: null,
      dryRun: false,
      options: null,
    },
  })
}
