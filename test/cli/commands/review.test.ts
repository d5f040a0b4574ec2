import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { describe, test } from 'node:test'
import type { AuditRecord } from '../../../src/core/audit/record.ts'
import { solewriter } from '../process.ts'
import { scratch } from '../scratch.ts'

const policy = `apiVersion: solewriter.dev/v1alpha1
kind: Policy
metadata: {name: t}
spec:
  mode: enforce
  repositories:
  - {name: fleet, url: "https://git.example.com/fleet.git", branches: [main], sources: [{path: .}]}
  writers:
  - {name: ci, subject: {serviceAccount: ci/deployer}, evidence: [annotation], repositories: [fleet], verify: declared}
`

const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: pay}\n'
const namespace =
  'apiVersion: v1\nkind: Namespace\nmetadata: {name: kube-system, uid: 6f1c2d2e-0000}\n'

const dir = scratch({
  'policy.yaml': policy,
  'fleet/settings.yaml': manifest,
  'state/namespaces.yaml': namespace,
  'state/notes.txt': 'not a manifest: [',
})
const fleet = path.join(dir, 'fleet')

function git(...args: readonly string[]): string {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.com']
  return execFileSync('git', [...identity, ...args], { cwd: fleet, encoding: 'utf8' }).trim()
}

git('init', '-q', '-b', 'main')
git('add', '-A')
git('commit', '-q', '-m', 'one')
const commit = git('rev-parse', 'HEAD')
git('checkout', '-q', '-b', 'feature')
git('commit', '-q', '--allow-empty', '-m', 'two')
const unmerged = git('rev-parse', 'HEAD')

const deployer = {
  username: 'system:serviceaccount:ci:deployer',
  uid: '0b1c',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:ci'],
  extra: { 'authentication.kubernetes.io/credential-id': ['JTI=1'] },
}

function review(uid: string, userInfo: object, annotations: object = {}): string {
  const metadata = { name: 'settings', namespace: 'pay', annotations }
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid,
      kind: { group: '', version: 'v1', kind: 'ConfigMap' },
      resource: { group: '', version: 'v1', resource: 'configmaps' },
      name: 'settings',
      namespace: 'pay',
      operation: 'CREATE',
      userInfo,
      object: { apiVersion: 'v1', kind: 'ConfigMap', metadata },
      oldObject: null,
      dryRun: false,
      options: null,
    },
  })
}

const claim = { 'solewriter.dev/repo': 'fleet', 'solewriter.dev/commit': commit }
const human = review('1', { username: 'alice', groups: [] })
const writer = review('2', deployer, claim)
const stray = review('3', deployer, { ...claim, 'solewriter.dev/commit': unmerged })

interface Answer {
  readonly response: {
    readonly uid: string
    readonly allowed: boolean
    readonly status?: { readonly code: number; readonly message: string }
    readonly auditAnnotations: Readonly<Record<string, string>>
  }
}

function decide(input: string, ...args: readonly string[]) {
  const flags = ['--policy', path.join(dir, 'policy.yaml'), '--repo', `fleet=${fleet}`]
  const ended = solewriter(['review', '-f', '-', ...flags, ...args], { input })
  return { ...ended, lines: ended.stdout.trimEnd().split('\n') }
}

function answers(input: string, ...args: readonly string[]): readonly Answer[] {
  const { lines, status, stderr } = decide(input, ...args)
  assert.equal(status, 0, stderr)
  return lines.map((line) => JSON.parse(line) as Answer)
}

describe('solewriter review', () => {
  test('answers each review in the order of the input, by the code that serves', () => {
    const found = answers([human, writer, stray].join('\n'))
    assert.deepEqual(
      found.map(({ response }) => [response.uid, response.auditAnnotations['reason-code']]),
      [
        ['1', 'HumanWrite'],
        ['2', 'VerifiedCommit'],
        ['3', 'CommitNotOnBranch'],
      ],
    )
    assert.match(
      found[0]?.response.status?.message ?? '',
      /declared in fleet:settings.yaml \(main\)/,
    )
  })

  test('takes one document over several lines too', () => {
    const [found] = answers(JSON.stringify(JSON.parse(writer), null, 2))
    assert.equal(found?.response.allowed, true)
  })

  test('prints the record with -o json, for the cluster that the state names', () => {
    const now = '2026-08-23T02:14:07Z'
    const [line = ''] = decide(
      writer,
      '-o',
      'json',
      '--state',
      path.join(dir, 'state'),
      '--now',
      now,
    ).lines
    const { response, record } = JSON.parse(line) as { response: Answer; record: AuditRecord }
    assert.equal(response.response.allowed, true)
    assert.equal(record.cluster, '6f1c2d2e-0000')
    assert.equal(record.time, '2026-08-23T02:14:07.000Z')
    assert.deepEqual(record.git, {
      repo: 'fleet',
      commit,
      path: 'settings.yaml:1',
      evidence: 'annotation',
      verified: true,
    })
  })

  test('gives the same request the same decision id at one time', () => {
    const twice = [review('a', deployer, claim), review('b', deployer, claim)].join('\n')
    const ids = answers(twice, '--now', '2026-08-23T02:14:07Z').map(
      ({ response }) => response.auditAnnotations['decision-id'],
    )
    assert.equal(new Set(ids).size, 1)
  })

  test('denies what is no review, and that is an answer', () => {
    const [found] = answers('{"apiVersion": "v1"}')
    assert.equal(found?.response.allowed, false)
    assert.match(found?.response.status?.message ?? '', /^\[ReviewMalformed\] apiVersion must be/)
  })

  const misuses: readonly (readonly [string, string, readonly string[], RegExp])[] = [
    ['input that is no JSON', `${human}\n{`, [], /standard input:2: this is no JSON/],
    ['a repository that the policy lacks', human, ['--repo', 'x=/tmp'], /--repo x/],
    ['a time that is none', human, ['--now', 'noon'], /RFC 3339/],
    ['a file that is not there', human, ['-f', '/nonexistent'], /\/nonexistent cannot be read/],
  ]
  for (const [title, input, args, expected] of misuses) {
    test(`exits with 2 for ${title}`, () => {
      const { status, stderr } = decide(input, ...args)
      assert.equal(status, 2, stderr)
      assert.match(stderr, expected)
    })
  }
})
