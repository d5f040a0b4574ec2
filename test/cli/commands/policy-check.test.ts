import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { run } from '../../../src/cli/run.ts'
import { policyJsonSchema } from '../../../src/core/policy/json-schema.ts'
import { cleanPolicy, head, repository, writer } from '../../core/policy/policies.ts'
import { fakeEnv } from '../fake-env.ts'
import { scratch } from '../scratch.ts'

const cwd = scratch({
  'good.yaml': cleanPolicy,
  'bad.yaml': `${head}  mode: enforced\n  writer: []\n`,
  'warned.yaml': `${head}${writer}`,
  'preset.yaml': `${head}${repository}  writers:
  - {preset: argo-cd, namespace: gitops, repositories: [fleet]}
  exceptions:
  - {preset: keda, namespaces: [shop]}
`,
})
writeFileSync(path.join(cwd, 'binary.yaml'), Buffer.from([0xff, 0xfe, 0x00]))

async function check(file: string, ...more: readonly string[]) {
  const env = fakeEnv({ cwd })
  const status = await run(['policy', 'check', file, ...more], env)
  return { status, out: env.out(), err: env.err() }
}

test('a good policy is named, counted and hashed in one line', async () => {
  const { status, out } = await check('good.yaml')
  assert.equal(status, 0)
  assert.match(
    out.split('\n').slice(-2).join('\n'),
    /^good\.yaml: ok: prod-eu-1 in mode enforce, 3 scopes, 2 repositories, 2 writers, 1 root, 3 exceptions, 1 derived, sha256:[0-9a-f]{64}\n$/,
  )
})

test('who may do what in an emergency is said before that line', async () => {
  const { out } = await check('good.yaml')
  assert.deepEqual(out.split('\n').slice(0, -2), [
    'break-glass issuer oncall: tokens of https://breakglass.acme.example, with the keys of /etc/solewriter/jwks.json',
    '  key abc: only for alice, sessions of at most 30m, until 2027-01-01T00:00:00.000Z',
    'break-glass issuer vault: tokens of https://vault.acme.example/breakglass, with keys sealed',
    '  key sealed: until 2027-01-01T11:00:00.000Z',
    'break-glass issuer portal: tokens of https://portal.acme.example, with the keys of https://portal.acme.example/jwks.json',
    'break-glass rule 1: group sre-oncall, user root: sessions of at most 2h, 10 uses, 1 approval of sre-lead, or alone after 3m (20m, 5 uses); presets scale, delete-pod, exec, edit',
  ])
  const { breakGlass } = JSON.parse((await check('good.yaml', '-o', 'json')).out) as {
    breakGlass: { issuers: { name: string }[]; rules: object[] }
  }
  assert.deepEqual(
    breakGlass.issuers.map(({ name }) => name),
    ['oncall', 'vault', 'portal'],
  )
  assert.deepEqual(breakGlass.rules, [
    {
      subjects: { groups: ['sre-oncall'], users: ['root'] },
      session: 7_200_000,
      maxUses: 10,
      presets: ['scale', 'delete-pod', 'exec', 'edit'],
    },
  ])
})

test('all that is wrong is said at once, as compilers say it', async () => {
  const { status, out, err } = await check('bad.yaml')
  assert.equal(status, 1)
  assert.equal(
    out,
    [
      'bad.yaml:5:9: spec.mode: must be one of off, audit, warn, enforce, sealed, not "enforced" (did you mean "enforce"?)',
      'bad.yaml:6:3: spec.writer: is not known (did you mean "writers"?)',
      '',
    ].join('\n'),
  )
  assert.equal(err, '')
})

test('a warning is said before the good line and changes nothing', async () => {
  const { status, out } = await check('warned.yaml')
  assert.equal(status, 0)
  assert.match(
    out,
    /^warned\.yaml:13:20: warning: spec\.writers\[0\]\.repositories\[0\]: repository fleet has no sources.*\nwarned\.yaml: ok: .*, 1 warning, sha256/,
  )
})

test('what a preset gives is said, rule by rule, before the good line', async () => {
  const { status, out } = await check('preset.yaml')
  assert.equal(status, 0)
  const lines = out.split('\n')
  assert.deepEqual(lines.slice(0, 4), [
    'preset argo-cd (writers: argo-cd) is for Argo CD 3, as its `install.yaml` makes it, writing to its own cluster. It gives',
    '  writer argo-cd: gitops/argocd-application-controller, with a token bound to a Pod, evidence argo-cd',
    '  exception argo-cd/argocd-application-controller: gitops/argocd-application-controller may, without a commit,',
    '    UPDATE applications.argoproj.io: status, in every namespace (reports on what it does: Applications have no status subresource)',
  ])
  for (const line of [
    '  derived argo-cd/applications: gitops/argocd-applicationset-controller may, while the ApplicationSet that owns it is as Git declares it,',
    '    UPDATE appprojects.argoproj.io: metadata.finalizers, in gitops (ends the deletion of a project that nothing uses; only where the project is being deleted and loses none but the one of Argo CD)',
    '    UPDATE scaledobjects.keda.sh, scaledjobs.keda.sh, triggerauthentications.keda.sh: metadata.finalizers, in shop (holds a deletion back until it has cleaned up; only where no finalizer changes but finalizer.keda.sh)',
    '    UPDATE deployments.apps/scale, statefulsets.apps/scale: spec.replicas, in shop (scales to and from zero)',
    '    UPDATE clustertriggerauthentications.keda.sh/status: status, cluster-scoped (reports on what it does)',
  ]) {
    assert.ok(lines.includes(line), line)
  }
  assert.match(
    lines.at(-2) ?? '',
    /^preset\.yaml: ok: .*, 1 writer, 4 exceptions, 3 derived, sha256/,
  )
})

test('JSON has all of it', async () => {
  const { out } = await check('preset.yaml', '-o', 'json')
  const { presets } = JSON.parse(out) as {
    presets: {
      preset: string
      writers: { evidence: string[] }[]
      exceptions: { allow: object[] }[]
    }[]
  }
  assert.deepEqual(
    presets.map(({ preset }) => preset),
    ['argo-cd', 'keda'],
  )
  assert.deepEqual(presets[0]?.writers[0]?.evidence, ['argo-cd'])
  assert.deepEqual(presets[1]?.exceptions[0]?.allow[0], {
    resources: ['deployments.apps/scale', 'statefulsets.apps/scale'],
    operations: ['UPDATE'],
    fields: ['spec.replicas'],
    reason: 'scales to and from zero',
    namespaces: ['shop'],
  })
})

test('what is no text is an invalid policy', async () => {
  const { status, out } = await check('binary.yaml')
  assert.equal(status, 1)
  assert.equal(out, 'binary.yaml:1:1: is not UTF-8 text\n')
})

test('a file that cannot be read is no answer about a policy', async () => {
  const { status, out, err } = await check('none.yaml')
  assert.equal(status, 2)
  assert.equal(out, '')
  assert.match(err, /^error: .*none\.yaml: cannot be read: ENOENT/)
})

test('JSON has the same keys for good and bad, and the issues in parts', async () => {
  const good = JSON.parse((await check('warned.yaml', '-o', 'json')).out) as Record<string, unknown>
  const { hash, warnings, ...rest } = good
  assert.match(String(hash), /^sha256:/)
  assert.equal((warnings as { line: number }[])[0]?.line, 13)
  const counts = {
    scopes: 0,
    repositories: 1,
    writers: 1,
    roots: 0,
    exceptions: 0,
    derived: 0,
    warnings: 1,
  }
  assert.deepEqual(rest, {
    file: 'warned.yaml',
    ok: true,
    name: 'prod-eu-1',
    mode: 'audit',
    counts,
    presets: [],
    breakGlass: { issuers: [], rules: [] },
    issues: [],
  })
  const { status, out } = await check('bad.yaml', '-o', 'json')
  assert.equal(status, 1)
  const bad = JSON.parse(out) as { issues: unknown[] }
  assert.deepEqual(Object.keys(bad), Object.keys(good))
  assert.deepEqual(bad.issues[1], {
    file: 'bad.yaml',
    line: 6,
    column: 3,
    path: 'spec.writer',
    message: 'is not known (did you mean "writers"?)',
  })
})

test('the schema is printed as it is', async () => {
  const env = fakeEnv()
  assert.equal(await run(['policy', 'schema'], env), 0)
  assert.deepEqual(JSON.parse(env.out()), JSON.parse(JSON.stringify(policyJsonSchema())))
})
