import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import { auditAnnotations } from '../../../src/core/audit/annotations.ts'
import { printable } from '../../../src/core/audit/printable.ts'
import { parseFieldPattern } from '../../../src/core/manifest/field-path.ts'
import { recordText } from '../../../src/core/audit/record-text.ts'
import type { Json, JsonObject } from '../../../src/core/manifest/json.ts'
import { toDenial } from '../../../src/core/policy/denial.ts'
import { alice, configMap, deployer, request } from '../../fakes/requests.ts'
import { decision, proven, record, written } from './decisions.ts'

const update = { operation: 'UPDATE' } as const
const pods = { group: '', version: 'v1', resource: 'pods' }
const deployments = { group: 'apps', version: 'v1', resource: 'deployments' }

test('a record says who asked for what, and what was answered', () => {
  const asked = { ...update, oldObject: configMap({}, { a: '2' }) }
  const made = decision(request(asked))
  assert.deepEqual(written(record(asked)), {
    time: '2026-08-23T12:00:00.000Z',
    cluster: 'cluster-1',
    decisionId: made.id,
    requestUid: '705ab4f5-6393-11e8-b7cc-42010a800002',
    fingerprint: made.fingerprint,
    op: 'UPDATE',
    dryRun: false,
    gvr: 'v1/configmaps',
    sub: '',
    ns: 'pay',
    name: 'settings',
    objUid: 'u1',
    rv: '7',
    user: 'alice',
    uid: '',
    groups: ['sre-oncall', 'system:authenticated'],
    groupCount: 2,
    cred: 'X509SHA256=abc',
    idClass: 'human',
    decision: 'deny',
    wouldDeny: false,
    mode: 'enforce',
    reason: 'HumanWrite',
    rule: null,
    git: null,
    paths: ['data.a'],
    program: null,
    pre: made.pre,
    post: made.post,
    latencyMs: 7,
    policy: made.policy,
    config: `sha256:${'2'.repeat(64)}`,
    peer: 'AB:CD',
  })
})

test('a denial that the mode turned into an allow says so', () => {
  const { decision: answer, wouldDeny, mode } = record({}, { allowed: true, mode: 'audit' })
  assert.deepEqual({ answer, wouldDeny, mode }, { answer: 'allow', wouldDeny: true, mode: 'audit' })
})

test('a dry run is marked', () => {
  assert.equal(record({ dryRun: true }).dryRun, true)
})

test('what Git showed is told from what was claimed', () => {
  const allow = { kind: 'allow', reason: 'VerifiedCommit', rule: 'ci', provenance: proven } as const
  const { provenance, evidence } = { provenance: proven, evidence: 'annotation' }
  const expected = { repo: 'fleet', commit: proven.commit, path: proven.path, evidence }
  assert.deepEqual(record({}, { verdict: allow, allowed: true }).git, {
    ...expected,
    verified: true,
  })
  const deny = { ...allow, kind: 'deny', reason: 'CommitUnknown', message: '', paths: [] } as const
  const denied = record({}, { verdict: { ...deny, provenance } })
  assert.deepEqual(denied.git, { ...expected, verified: false })
})

const claims: readonly (readonly [claim: string, recorded: string])[] = [
  ['https://bot:hunter2@git.example.com/a.git', 'https://git.example.com/a.git'],
  ['https://bot:hunt@er2@git.example.com/a.git', 'https://git.example.com/a.git'],
  ['https://git.example.com/a.git?token=hunter2', 'https://git.example.com/a.git'],
  ['bot:hunter2@git.example.com:a.git', 'git.example.com:a.git'],
  ['fleet', 'fleet'],
]
for (const [claim, recorded] of claims) {
  test(`the claim ${claim} is recorded as ${recorded}`, () => {
    const provenance = { ...proven, repository: claim }
    const verdict = { kind: 'allow', reason: 'VerifiedCommit', rule: 'ci', provenance } as const
    assert.equal(record({}, { verdict }).git?.repo, recorded)
  })
}

describe('the reader of `policy suggest`', () => {
  test('finds everything that it reads', () => {
    const asked = {
      ...update,
      resource: deployments,
      subresource: 'scale',
      user: deployer,
      object: { spec: { replicas: 2 } },
      oldObject: { spec: { replicas: 1 } },
    }
    assert.deepEqual(toDenial(written(record(asked))), {
      user: deployer.username,
      groups: deployer.groups,
      resource: 'deployments.apps/scale',
      operation: 'UPDATE',
      namespace: 'pay',
      name: 'settings',
      fields: ['spec.replicas'],
      isCut: false,
      reason: 'HumanWrite',
    })
  })

  test('passes over allows and dry runs, and takes what would be denied', () => {
    const allow = {
      verdict: { kind: 'allow', reason: 'Exception', rule: 'keda', provenance: undefined },
      allowed: true,
    } as const
    assert.equal(toDenial(written(record({}, allow))), undefined)
    assert.equal(toDenial(written(record({ dryRun: true }))), undefined)
    assert.notEqual(toDenial(written(record({}, { allowed: true, mode: 'warn' }))), undefined)
  })
})

describe('an exec', () => {
  const exec = (command: readonly string[]): Partial<AdmissionRequest> => ({
    operation: 'CONNECT',
    resource: pods,
    subresource: 'exec',
    object: { kind: 'PodExecOptions', command },
  })

  for (const [command, program] of [
    [['sh', '-c', 'echo hunter2'], 'sh'],
    [['/usr/bin/mysql', '-phunter2'], '/usr/bin/mysql'],
    [['mysql -phunter2'], 'mysql'],
    [['PASSWORD=hunter2'], null],
    [['"hunter2'], null],
    [['x'.repeat(65)], null],
    [[], null],
  ] as const) {
    test(`of ${JSON.stringify(command)} is recorded as ${program ?? 'no program'}`, () => {
      const made = record(exec(command))
      assert.equal(made.program, program)
      assert.doesNotMatch(JSON.stringify(made), /hunter2/)
    })
  }
})

describe('what strangers chose', () => {
  const hostile = 'a\nb\u202eb\0\u009b\u2028\ud800\u200b\u{e0041}'
  const shown = 'a\\u000ab\\u202eb\\u0000\\u009b\\u2028\\ud800\\u200b\\udb40\\udc41'

  test('is one visible line', () => {
    assert.equal(printable(hostile, 100), shown)
    assert.equal(printable('Zoë 日本 👍', 100), 'Zoë 日本 👍')
  })

  test('is cut, visibly, wherever the cut falls', () => {
    assert.equal(printable('abcdef', 3), 'abc…')
    assert.equal(printable('ab👍f', 3), 'ab\\ud83d…')
  })

  test('is harmless in each field of a record', () => {
    const user = {
      username: hostile,
      uid: hostile,
      groups: [hostile],
      extra: new Map([['authentication.kubernetes.io/credential-id', [hostile]]]),
    }
    const metadata = { name: hostile, uid: hostile, resourceVersion: hostile }
    const made = record(
      {
        uid: hostile,
        name: hostile,
        namespace: hostile,
        subresource: hostile,
        user,
        object: { metadata, [hostile]: 1 },
      },
      {
        verdict: {
          kind: 'allow',
          reason: 'VerifiedCommit',
          rule: hostile,
          provenance: { repository: hostile, commit: hostile, path: hostile, evidence: hostile },
        },
      },
    )
    const line = recordText(made)
    assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
    assert.equal(made.user, shown)
    for (const value of Object.values(auditAnnotations(made))) {
      assert.doesNotMatch(value, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
    }
  })

  test('in a key of a path still means that key', () => {
    const made = record({ ...update, oldObject: configMap({}, { a: '1', 'x\u202ey\n': '' }) })
    assert.deepEqual(made.paths, ['data["x\\u202ey\\n"]'])
    assert.deepEqual(parseFieldPattern(made.paths[0] ?? ''), [
      { kind: 'key', key: 'data' },
      { kind: 'key', key: 'x\u202ey\n' },
    ])
  })

  test('in a cut path means no other path', () => {
    const data = { ['k'.repeat(1000)]: '1' }
    const made = record({ ...update, object: configMap({}, { ...data, a: '1' }) })
    assert.throws(() => parseFieldPattern(made.paths[0] ?? ''))
    assert.equal(toDenial(written(made))?.isCut, true)
  })

  test('never makes a giant record', () => {
    const long = '\u202e'.repeat(1024 * 1024)
    const user = {
      username: long,
      uid: long,
      groups: Array.from({ length: 10_000 }, () => long),
      extra: new Map([['authentication.kubernetes.io/credential-id', [long]]]),
    }
    const data = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`${i}${long}`, long]))
    const made = record({ uid: long, name: long, user, object: configMap({ a: long }, data) })
    assert.ok(recordText(made).length < 256 * 1024)
    assert.equal(made.groupCount, 10_000)
    assert.ok(made.paths.length <= 20)
  })
})

describe('values of objects', () => {
  const canary = 'cAnArY'
  const shapes = fc.letrec<{ node: Json }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<Json>(canary, `x${canary}\n`, Buffer.from(canary).toString('base64')),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('data', 'command', 'a/b', '__proto__', 'value'), tie('node'), {
        maxKeys: 3,
      }),
    ),
  }))
  const object = fc
    .record({ spec: shapes.node, data: shapes.node, status: shapes.node, annotation: shapes.node })
    .map(({ spec, data, status, annotation }): JsonObject => ({
      metadata: { name: 'n', uid: 'u', annotations: { 'a/b': annotation }, labels: annotation },
      command: ['sh', '-c', canary],
      spec,
      data,
      stringData: data,
      status,
    }))
  const asked = fc.record({
    operation: fc.constantFrom('CREATE', 'UPDATE', 'DELETE', 'CONNECT'),
    resource: fc.constantFrom({ group: '', version: 'v1', resource: 'secrets' }, pods, deployments),
    subresource: fc.constantFrom('', 'exec', 'status', 'scale'),
    object: fc.option(object),
    oldObject: fc.option(object),
    options: object,
  })

  test('never reach a record or an annotation', () => {
    const user = { ...alice, extra: new Map([...alice.extra, ['example.com/token', [canary]]]) }
    const bad = new RegExp(`${canary}|${Buffer.from(canary).toString('base64').slice(0, 7)}`)
    fc.assert(
      fc.property(asked, (changes) => {
        const made = record({ ...changes, user })
        const annotations = auditAnnotations(made)
        assert.doesNotMatch(recordText(made) + JSON.stringify(annotations), bad)
      }),
    )
  })
})
