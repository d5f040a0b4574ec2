import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { before, describe, test } from 'node:test'
import { parseManifests } from '../../../src/core/manifest/parse.ts'
import { ensureBinaries } from '../../cluster/binaries.ts'
import { solewriter, type Ended } from '../process.ts'
import { scratch } from '../scratch.ts'

const policy = `apiVersion: solewriter.dev/v1alpha1
kind: Policy
metadata: {name: t}
spec:
  repositories:
  - name: fleet
    url: https://git.example.com/fleet.git
    branches: [main, broken]
    sources:
    - {path: apps, namespace: pay}
    - {path: prod, renderer: kustomize}
    - {path: bad, branch: broken}
  - {name: other, url: "https://git.example.com/other.git", branches: [main]}
`
const script = '#!/bin/sh\necho "a: b"\n\nexit 0\n'
const secret = `# of the shop
apiVersion: v1
kind: Secret
metadata: {name: db, labels: {"on": "yes", count: "1", "n": "~"}}
stringData: {password: hunter2, run.sh: ${JSON.stringify(script)}, odd: " x\\n\\ty "}
`
const files = {
  'fleet/apps/db.yaml': secret,
  'fleet/apps/job.yaml': 'apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: migrate-}\n',
  'fleet/prod/kustomization.yaml': 'namePrefix: prod-\nresources: [api.yaml]\n',
  'fleet/prod/api.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\n',
}

const dir = scratch({ 'policy.yaml': policy, ...files })
const fleet = path.join(dir, 'fleet')

function git(...args: readonly string[]): string {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.com']
  return execFileSync('git', [...identity, ...args], { cwd: fleet, encoding: 'utf8' }).trim()
}

git('init', '-q', '-b', 'main')
git('add', '-A')
git('commit', '-q', '-m', 'one')
const commit = git('rev-parse', 'HEAD')
git('checkout', '-q', '--orphan', 'broken')
execFileSync('mkdir', [path.join(fleet, 'bad')])
execFileSync('cp', [path.join(fleet, 'apps', 'db.yaml'), path.join(fleet, 'bad', 'one.yaml')])
execFileSync('cp', [path.join(fleet, 'apps', 'db.yaml'), path.join(fleet, 'bad', 'two.yaml')])
execFileSync('cp', [path.join(fleet, 'prod', 'kustomization.yaml'), path.join(fleet, 'bad')])
git('add', '-A')
git('commit', '-q', '-m', 'two')
git('checkout', '-q', '-b', 'feature')
git('commit', '-q', '--allow-empty', '-m', 'three')
const feature = git('rev-parse', 'HEAD')

let kustomize = ''
before(async () => {
  const found = await ensureBinaries(['kustomize'], () => undefined)
  kustomize = found.kustomize.path
})

function declared(...args: readonly string[]): Ended {
  const at = ['--policy', path.join(dir, 'policy.yaml'), '--repo', `fleet=${fleet}`]
  return solewriter(['declared', ...args, ...at, '--kustomize', kustomize])
}

describe('declared', () => {
  test('lists what each source declares, with places, and is done when all could be read', () => {
    const { status, stdout, stderr } = declared('fleet', commit)
    assert.equal(stderr, '')
    assert.equal(status, 0)
    const words = stdout.split('\n').map((line) => line.split(/ {2,}/).slice(0, 4))
    assert.deepEqual(words, [
      ['apps (plain, main): 2 objects'],
      ['KIND', 'NAMESPACE', 'NAME', 'PLACE'],
      ['Secret', 'pay', 'db', 'apps/db.yaml:2'],
      ['Job.batch', 'pay', 'migrate-*', 'apps/job.yaml:1'],
      [''],
      ['prod (kustomize, main): 1 object'],
      ['KIND', 'NAMESPACE', 'NAME', 'PLACE'],
      ['Deployment.apps', 'default', 'prod-api', 'prod/api.yaml:1'],
      [''],
    ])
    assert.doesNotMatch(stdout, /hunter2/)
  })

  test('says what could not be read, and what is declared twice, and then the answer is no', () => {
    const { status, stdout } = declared('fleet', 'broken', '-o', 'json')
    assert.equal(status, 1)
    const { commit: head, sources } = JSON.parse(stdout) as {
      commit: string
      sources: readonly {
        path: string
        objects: readonly { file: string; isDuplicate: boolean }[]
        problems: readonly object[]
      }[]
    }
    assert.equal(head, git('rev-parse', 'broken'))
    assert.deepEqual(
      sources.map((one) => one.path),
      ['bad'],
    )
    const [bad] = sources
    assert.deepEqual(
      bad?.objects.map(({ file, isDuplicate }) => [file, isDuplicate]),
      [
        ['bad/one.yaml', true],
        ['bad/two.yaml', true],
      ],
    )
    const message = 'an object without a valid kind'
    assert.deepEqual(bad.problems.length, 1, message)
  })

  const names: readonly (readonly string[])[] = [
    ['secret', 'db'],
    ['secrets', 'pay/db'],
    ['Secret/db'],
    ['secrets/pay/db'],
  ]
  for (const words of names) {
    test(`shows the object that is called ${words.join(' ')}, as YAML with its place`, () => {
      const { status, stdout } = declared('fleet', 'main', ...words)
      assert.equal(status, 0)
      const [first = ''] = stdout.split('\n')
      const place = `# fleet@${commit.slice(0, 12)} apps/db.yaml:2 (source apps, sha256:`
      assert.ok(first.startsWith(place), first)
      const written = parseManifests(stdout).documents[0]?.object
      const meant = parseManifests(secret.replace('{name: db', '{name: db, namespace: pay'))
      assert.deepEqual(written, meant.documents[0]?.object)
      assert.match(stdout, /^ {2}run.sh: \|\n {4}#!\/bin\/sh\n/m)
    })
  }

  test('shows what a renderer makes of it, and what has no name yet', () => {
    const { stdout } = declared('fleet', 'main', 'deploy/default/prod-api')
    assert.match(stdout, /^# .* prod\/api.yaml:1 \(source prod,.*\napiVersion: apps\/v1\n/)
    assert.match(
      declared('fleet', 'main', 'jobs.batch', 'migrate-').stdout,
      /generateName: migrate-/,
    )
  })

  test('of an object that is not declared, the answer is no', () => {
    const { status, stdout, stderr } = declared('fleet', commit, 'deployments.apps', 'pay/none')
    assert.deepEqual([status, stdout], [1, ''])
    assert.equal(stderr, `fleet@${commit.slice(0, 12)} does not declare it\n`)
    assert.equal(declared('fleet', commit, 'secrets.apps', 'db').status, 1)
    assert.equal(declared('fleet', commit, 'secret', 'other/db').status, 1)
  })

  const bad: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['no repository', ['nowhere', 'main'], /where is nowhere\?/],
    ['a repository without a directory', ['other', 'main'], /where is other\? --repo other=DIR/],
    ['no commit', ['fleet', 'f'.repeat(40)], /there is no such commit/],
    ['a commit on no branch', ['fleet', feature], /on none of the branches/],
    ['a tree', ['fleet', git('rev-parse', 'HEAD^{tree}')], /it is a tree/],
    ['no object', ['fleet', 'main', 'a/b/c/d'], /TYPE\[.GROUP\]/],
  ]
  for (const [title, args, message] of bad) {
    test(`${title} is usage`, () => {
      const { status, stderr } = declared(...args)
      assert.equal(status, 2)
      assert.match(stderr, message)
    })
  }

  test('an object that is declared twice is not declared, and both places are named', () => {
    const { status, stderr } = declared('fleet', 'broken', 'secret', 'db')
    assert.equal(status, 1)
    assert.match(stderr, /bad\/one.yaml:2, bad\/two.yaml:2/)
  })
})

test('policy explain says where the heads declare an object', () => {
  const explain = (...args: readonly string[]) =>
    solewriter(
      ['policy', 'explain', ...args, '--as', 'alice', '--kustomize', kustomize].concat([
        '--policy',
        path.join(dir, 'policy.yaml'),
        '--repo',
        `fleet=${fleet}`,
      ]),
    )
  const { stdout } = explain('secrets', '-n', 'pay', '--name', 'db')
  assert.match(stdout, /^git +db is declared in fleet:apps\/db\.yaml:2 \(main\)$/m)
  assert.doesNotMatch(stdout, /bad\/one/)
  assert.match(stdout, /^ +something could not be read there$/m)
  const none = explain('secrets', '-n', 'pay', '--name', 'other')
  assert.match(none.stdout, /^git +does not declare it$/m)
  const json = explain('jobs.batch', '-n', 'pay', '-o', 'json')
  const { declared: found } = JSON.parse(json.stdout) as { readonly declared: unknown }
  assert.deepEqual(found, {
    places: [{ repository: 'fleet', branch: 'main', name: '', file: 'apps/job.yaml', line: 1 }],
    isWhole: false,
  })
})
