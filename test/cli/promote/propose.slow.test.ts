import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { call, policyText, startRemote, type Remote } from './remote.ts'

const api = `# the front door
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: pay}
spec:
  replicas: 3 # three zones
  template:
    spec:
      containers:
      - {name: api, image: "api:1"}
`
const changedApi = `apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: pay}
spec:
  replicas: 5
  template:
    spec:
      containers:
      - {name: api, image: "api:1"}
`

function remoteWith(files: Readonly<Record<string, string>>, sources = '[{path: apps}]'): Remote {
  const remote = startRemote(files)
  writeFileSync(path.join(remote.dir, 'policy.yaml'), policyText(sources))
  return remote
}

function propose(remote: Remote, input: string, ...args: readonly string[]) {
  const at = ['--policy', 'policy.yaml', '--repo', `fleet=${remote.url}`]
  return call(remote, ['propose', '-f', '-', ...at, ...args], { input })
}

function branchIn(out: string): string {
  return /(propose\/[a-z0-9-]+)/.exec(out)?.[1] ?? assert.fail(out)
}

describe('propose', () => {
  test('changes the file that declares the object, on a branch, in the name of the person', async () => {
    const remote = remoteWith({ 'apps/api.yaml': api })
    const { code, out, err } = await propose(remote, changedApi, '-m', 'Black Friday')
    assert.deepEqual([code, err], [0, ''])
    const branch = branchIn(out)
    assert.match(branch, /^propose\/deployment-pay-api-[0-9a-f]{8}$/)
    assert.equal(remote.file(branch, 'apps/api.yaml'), api.replace('replicas: 3', 'replicas: 5'))
    assert.equal(remote.file('main', 'apps/api.yaml'), api)
    const message = remote.git('log', '-1', '--format=%an <%ae>%n%B', branch)
    assert.match(
      message,
      /^Alice <alice@example.com>\nPropose: Deployment pay\/api: spec.replicas\n\nBlack Friday\n\nProposal: [0-9a-f]{64}\n/,
    )
    assert.match(
      out,
      /^written {2}Deployment pay\/api: spec.replicas in fleet:apps\/api.yaml \(main\)$/m,
    )
    assert.match(out, /spec.replicas: 3 -> 5/)
  })

  test('the same again does nothing, and says where it is', async () => {
    const remote = remoteWith({ 'apps/api.yaml': api })
    const first = await propose(remote, changedApi)
    const branch = branchIn(first.out)
    const before = remote.git('rev-parse', branch)
    const second = await propose(remote, changedApi)
    assert.equal(second.code, 0, second.err)
    assert.match(second.out, /has it already/)
    assert.equal(remote.git('rev-parse', branch), before)
    remote.merge(branch)
    const third = await propose(remote, changedApi)
    assert.equal(third.code, 0, third.err)
    assert.match(third.out, /nothing to do: Git says so already/)
  })

  test('a branch with commits of somebody else is left alone', async () => {
    const remote = remoteWith({ 'apps/api.yaml': api })
    const branch = branchIn((await propose(remote, changedApi)).out)
    const theirs = remote.commit(branch, { 'apps/api.yaml': api })
    const { code, err } = await propose(remote, changedApi)
    assert.equal(code, 1)
    assert.match(err, /commits of somebody else/)
    assert.equal(remote.git('rev-parse', branch).trim(), theirs)
  })

  test('a new object gets a file beside others of its namespace', async () => {
    const map =
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: new, namespace: pay}\ndata: {a: "1"}\n'
    const remote = remoteWith({
      'apps/pay/api.yaml': api,
      'apps/a.yaml': map.replaceAll(/new|pay/g, 'x'),
    })
    const { code, out, err } = await propose(remote, map)
    assert.deepEqual([code, err], [0, ''])
    assert.equal(remote.file(branchIn(out), 'apps/pay/configmap-new.yaml'), map)
    const named = await propose(remote, `${map}b: 1\n`, '--file', 'apps/pay/api.yaml')
    assert.equal(named.code, 0, named.err)
    assert.match(
      remote.file(branchIn(named.out), 'apps/pay/api.yaml') ?? '',
      /^# the front[^]*---\napiVersion: v1\n/,
    )
    const outside = await propose(remote, `${map}c: 1\n`, '--file', 'elsewhere/x.yaml')
    assert.equal(outside.code, 1)
    assert.match(outside.out, /no plan of the policy would declare it there/)
  })

  test('what a cluster stores of an object is not what Git declares', async () => {
    const remote = remoteWith({ 'apps/api.yaml': api })
    const stored = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  namespace: pay
  uid: 5c0f3b5e-0b0a-4a7e-8f43-000000000000
  resourceVersion: "77"
  generation: 4
  creationTimestamp: "2026-01-01T00:00:00Z"
  managedFields: []
  annotations: {deployment.kubernetes.io/revision: "4"}
spec:
  progressDeadlineSeconds: 600
  revisionHistoryLimit: 10
  replicas: 9
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}}
  template:
    metadata: {creationTimestamp: null}
    spec:
      dnsPolicy: ClusterFirst
      restartPolicy: Always
      schedulerName: default-scheduler
      securityContext: {}
      terminationGracePeriodSeconds: 30
      containers:
      - image: api:1
        imagePullPolicy: IfNotPresent
        name: api
        resources: {}
        terminationMessagePath: /dev/termination-log
        terminationMessagePolicy: File
status: {replicas: 3}
`
    const { code, out, err } = await propose(remote, stored)
    assert.deepEqual([code, err], [0, ''])
    assert.equal(
      remote.file(branchIn(out), 'apps/api.yaml'),
      api.replace('replicas: 3', 'replicas: 9'),
    )
  })

  test('an object goes with its document', async () => {
    const other = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: pay}\n'
    const remote = remoteWith({
      'apps/all.yaml': `${api}---\n${other}`,
      'apps/b.yaml': other.replace('a,', 'b,'),
    })
    const { code, out, err } = await propose(remote, api, '--delete')
    assert.deepEqual([code, err], [0, ''])
    assert.equal(remote.file(branchIn(out), 'apps/all.yaml'), other)
    const last = await propose(remote, other.replace('a,', 'b,'), '--delete')
    assert.equal(last.code, 0, last.out + last.err)
    assert.equal(remote.file(branchIn(last.out), 'apps/b.yaml'), undefined)
  })

  test('secrets stay out of Git', async () => {
    const secret =
      'apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: pay}\nstringData: {p: hunter2}\n'
    const remote = remoteWith({ 'apps/api.yaml': api, 'apps/s.yaml': secret })
    const found = await propose(remote, secret.replace('hunter2', 'hunter3'))
    assert.equal(found.code, 1)
    assert.match(found.out, /do not go into Git/)
    assert.ok(!found.out.includes('hunter'))
    const withPassword = changedApi.replace(
      '"api:1"}',
      '"api:1", env: [{name: DB_PASSWORD, value: hunter2}]}',
    )
    const looking = await propose(remote, withPassword)
    assert.equal(looking.code, 1)
    assert.match(looking.out, /env\[name=DB_PASSWORD\].*may be a secret/)
    assert.deepEqual(remote.git('for-each-ref', '--format=%(refname)').trim(), 'refs/heads/main')
    assert.equal((await propose(remote, withPassword, '--confidential')).code, 0)
  })

  test('nothing is pushed of a dry run, whose patch can be applied', async () => {
    const remote = remoteWith({ 'apps/api.yaml': api })
    const { code, out, err } = await propose(remote, changedApi, '--dry-run')
    assert.equal(code, 0)
    assert.match(err, /^ready/)
    assert.match(
      out,
      /^From [0-9a-f]{40} [^]*\n-  replicas: 3 # three zones\n\+  replicas: 5 # three zones\n/,
    )
    assert.equal(remote.git('for-each-ref', '--format=%(refname)').trim(), 'refs/heads/main')
  })

  test('JSON says all of it', async () => {
    const remote = remoteWith({ 'apps/api.yaml': api })
    const { out } = await propose(remote, changedApi, '-o', 'json')
    const { objects, branches } = JSON.parse(out) as {
      readonly objects: readonly object[]
      readonly branches: readonly { readonly branch: string; readonly isPushed: boolean }[]
    }
    assert.partialDeepStrictEqual(objects, [
      { kind: 'Deployment', result: 'written', file: 'apps/api.yaml', why: null },
    ])
    assert.partialDeepStrictEqual(branches, [{ repository: 'fleet', base: 'main', isPushed: true }])
  })

  const unusable: readonly (readonly [string, string, readonly string[], RegExp])[] = [
    ['no object', '', [], /no object/],
    ['no name', 'apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\n', [], /without a name/],
    ['no YAML', 'a: [', [], /-:1: /],
    [
      'a base that does not count',
      changedApi,
      ['--base', 'other'],
      /no branch that the policy lets count/,
    ],
    ['another repository', changedApi, ['--repo', 'x=/tmp'], /the policy has none such/],
    ['a way out of the repository', changedApi, ['--file', '../x'], /must be a path below/],
  ]
  for (const [title, input, args, why] of unusable) {
    test(`${title} is a fault of the question`, async () => {
      const remote = remoteWith({ 'apps/api.yaml': api })
      const { code, err } = await propose(remote, input, ...args)
      assert.equal(code, 2, err)
      assert.match(err, why)
    })
  }

  test('a remote that cannot be had, and one that refuses', async () => {
    const remote = remoteWith({ 'apps/api.yaml': api })
    const at = ['--policy', 'policy.yaml', '--repo', 'fleet=https://127.0.0.1:1/x.git']
    const lost = await call(remote, ['propose', '-f', '-', ...at], { input: changedApi })
    assert.equal(lost.code, 3)
    assert.match(lost.err, /git ls-remote failed/)
    const hook = path.join(remote.url, 'hooks', 'pre-receive')
    writeFileSync(hook, '#!/bin/sh\necho not on a Friday >&2\nexit 1\n', { mode: 0o755 })
    const refused = await propose(remote, changedApi)
    assert.equal(refused.code, 3)
    assert.match(refused.err, /not on a Friday/)
  })
})
