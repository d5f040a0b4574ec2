import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { decodeJwt } from 'jose'
import { keySet, publicHalf } from '../../../src/core/breakglass/keys.ts'
import { stringAt, type JsonObject } from '../../../src/core/manifest/json.ts'
import { clusterUid, iss, minted, otherKey, privateKey } from '../../core/breakglass/issuing.ts'
import { begin, breakGlassPolicy, minute } from '../../core/decision/granting.ts'
import { json } from '../../kubernetes/api-server.ts'
import { call, callJson, homeWith, script, usualConfiguration } from './calling.ts'
import { startCluster, refuse, type FakeCluster } from './fake-cluster.ts'

const begins = await startCluster()
const words = ['--incident', 'PD-1', '--reason', '5xx storm, scale api']
const usual = ['request', '--preset', 'scale', '-n', 'payments', 'deploy/api', ...words]
const jwks = JSON.stringify(keySet(publicHalf(privateKey) ?? assert.fail()))

function createdToken({ bodies }: FakeCluster): string {
  const body = bodies.find((one) => one.includes('"BreakGlassGrant"')) ?? assert.fail('no grant')
  return stringAt(JSON.parse(body) as JsonObject, 'spec', 'token') ?? ''
}

test('one command mints a token and activates it', async () => {
  const cluster = begins()
  const home = homeWith(usualConfiguration)
  const { code, out, err } = await call(cluster, usual, { home })
  assert.deepEqual([code, err], [0, ''])
  assert.match(
    out,
    /^grant {8}bg-[0-9a-f-]{36}\nholder {7}alice@acme\.example \(PD-1: 5xx storm, scale api\)\nphase {8}Active, 1h 0m left/,
  )
  const { jti: _jti, ...claims } = decodeJwt(createdToken(cluster))
  assert.deepEqual(claims, {
    iss,
    aud: `urn:solewriter:cluster:${clusterUid}`,
    sub: 'alice@acme.example',
    iat: minted + 60,
    nbf: minted + 60,
    exp: minted + 960,
    authorization_details: [
      {
        type: 'urn:solewriter:k8s-write:v1',
        apiGroups: ['apps'],
        resources: ['deployments', 'deployments/scale'],
        operations: ['UPDATE'],
        namespaces: ['payments'],
        names: ['api'],
        fields: ['spec.replicas'],
      },
    ],
    bg: { v: 1, session_s: 3600, incident: 'PD-1', reason: '5xx storm, scale api' },
  })
})

test('iat is the time of the API server, also on a machine whose clock is wrong', async () => {
  const cluster = begins()
  const now = () => begin + 90 * minute
  const { code, err } = await call(cluster, usual, { home: homeWith(usualConfiguration), now })
  assert.equal(code, 0, err)
  assert.equal(decodeJwt(createdToken(cluster)).iat, minted + 60)
})

test('session, uses and JSON are as for mint and activate', async () => {
  const args = [...usual, '--session', '20m', '--max-uses', '2']
  const shown = await callJson(begins(), args, { home: homeWith(usualConfiguration) })
  assert.deepEqual([shown['phase'], shown['maxUses'], shown['secondsLeft']], ['Active', 2, 1200])
})

test('--issuer and --key stand in for the file', async () => {
  const home = homeWith('contexts: {}\n')
  const args = [...usual, '--issuer', iss, '--key', `${home}/.config/solewriter/key.pem`]
  assert.equal((await call(begins(), args, { home })).code, 0)
  const only = ['--key', `${home}/.config/solewriter/key.pem`]
  assert.equal((await call(begins(), [...usual, ...only], { home })).code, 2)
})

test('nothing is minted for what RBAC refuses anyway, and nothing is created', async () => {
  const cluster = begins({ refuses: ({ group }) => group === 'apps' })
  const { code, err } = await call(cluster, usual, { home: homeWith(usualConfiguration) })
  assert.equal(code, 1)
  assert.match(err, /nothing was created/)
  assert.ok(cluster.bodies.every((body) => !body.includes('BreakGlassGrant')))
})

test('a reason that the rule does not take is said before and after', async () => {
  const rules = "{subjects: {groups: [sre-oncall]}, reason: {incident: '^INC-'}}"
  const cluster = begins({ policy: breakGlassPolicy({ rules }) })
  const { code, err } = await call(cluster, usual, { home: homeWith(usualConfiguration) })
  assert.equal(code, 1)
  assert.match(
    err,
    /Reason: the incident has to match \^INC-.*\nMint another one with --incident and --reason/,
  )
})

test('before a drain the Pods are counted, and it is said when the policy allows less', async () => {
  const pod = (phase: string, owner?: string) => ({
    metadata: { ...(owner !== undefined && { ownerReferences: [{ kind: owner }] }) },
    status: { phase },
  })
  const running = ['ReplicaSet', 'ReplicaSet', 'StatefulSet', 'Job', undefined]
  const left = [pod('Running', 'DaemonSet'), pod('Running', 'Node'), pod('Succeeded', 'Job')]
  const items = [...running.map((owner) => pod('Running', owner)), ...left]
  const rules = '{subjects: {groups: [sre-oncall]}, maxUses: 4}'
  const cluster = begins({
    policy: breakGlassPolicy({ rules }),
    instead: ({ url }, response) => {
      if (url !== '/api/v1/pods?fieldSelector=spec.nodeName%3Dn1') return false
      json(response, 200, { items })
      return true
    },
  })
  const args = ['request', '--preset', 'drain', 'node/n1', ...words]
  const { code, err } = await call(cluster, args, { home: homeWith(usualConfiguration) })
  assert.equal(code, 0, err)
  assert.equal(
    err,
    `n1 has 5 Pods to evict: with the cordon 6 writes
It admits 4 writes, and there are 6: you will need another one.
`,
  )
})

describe('a signer of somebody else', () => {
  const sign = (encoding: string) => `#!${process.execPath}
const { readFileSync } = require('node:fs')
const { sign } = require('node:crypto')
const input = readFileSync(0)
process.stderr.write('touch your key\\n')
const key = readFileSync(process.argv[2])
process.stdout.write(sign('sha256', input, { key, dsaEncoding: '${encoding}' }))
`
  const configured = (program: string, more = '') => `contexts:
  local:
    issuer: ${iss}
    signer: [${program}, key.pem]
    jwks: jwks.json
${more}`

  function homeOf(text: string, more = '', files: Readonly<Record<string, string>> = {}) {
    const home = homeWith(configured('./sign.cjs', more), { 'jwks.json': jwks, ...files })
    const dir = `${home}/.config/solewriter`
    script(dir, 'sign.cjs', text)
    return { home, cwd: dir }
  }

  test('signs, and what it says to people is shown', async () => {
    const cluster = begins()
    const { code, err } = await call(cluster, usual, homeOf(sign('ieee-p1363')))
    assert.deepEqual([code, err], [0, 'touch your key\n'])
    assert.equal(decodeJwt(createdToken(cluster)).sub, 'alice@acme.example')
  })

  const faults: readonly (readonly [string, string, RegExp, string?])[] = [
    [
      'DER is not what JWS has',
      sign('der'),
      /wrote 7\d bytes, and a raw ES256 signature \(r, then s\) has 64: it looks like DER/,
    ],
    ['nothing at all', '#!/bin/sh\nexit 0\n', /wrote 0 bytes/],
    [
      'a failure',
      '#!/bin/sh\necho no card >&2\nexit 7\n',
      /no card\nerror: the signer \.\/sign\.cjs ended with 7/,
    ],
    [
      'a signature of another key',
      '#!/bin/sh\nhead -c 64 /dev/zero\n',
      /no cluster would accept the token: Signature/,
    ],
    [
      'no end in time',
      '#!/bin/sh\nexec sleep 600\n',
      /was given 1 s and did not end/,
      '    timeout: 1s\n',
    ],
  ]
  for (const [title, text, expected, more] of faults) {
    test(`refused: ${title}`, async () => {
      const cluster = begins()
      const { code, out, err } = await call(cluster, usual, homeOf(text, more))
      assert.deepEqual([code, out], [2, ''])
      assert.match(err, expected)
      assert.ok(cluster.bodies.every((body) => !body.includes('BreakGlassGrant')))
    })
  }

  test('of several public keys the configuration names the one', async () => {
    const other = publicHalf(otherKey()) ?? assert.fail()
    const keys = [keySet(publicHalf(privateKey) ?? assert.fail()), keySet(other)].flatMap(
      (set) => (set as { keys: { kid: string }[] }).keys,
    )
    const files = { 'jwks.json': JSON.stringify({ keys }) }
    const unnamed = await call(begins(), usual, homeOf(sign('ieee-p1363'), '', files))
    assert.match(unnamed.err, /kid says which one the signer has/)
    const named = homeOf(sign('ieee-p1363'), `    kid: ${keys[0]?.kid}\n`, files)
    assert.equal((await call(begins(), usual, named)).code, 0)
  })
})

describe('the configuration', () => {
  const local = (text: string) => `contexts:\n  local: ${text}\n`
  const faults: readonly (readonly [string, string, RegExp])[] = [
    [
      'without this context',
      'contexts: {}',
      /says nothing about context local\. Write there:\ncontexts:\n {2}local:\n {4}issuer: /,
    ],
    ['that is empty', '', /says nothing about context local/],
    ['with other members', 'context: {}', /config\.yaml: .*known are contexts/],
    ['that is no YAML', 'contexts: [', /config\.yaml:1: /],
    ['without an issuer', local('{key: key.pem}'), /contexts\.local\.issuer is required/],
    [
      'of an issuer that is none',
      local('{issuer: "http://a", key: key.pem}'),
      /contexts\.local\.issuer must be an https/,
    ],
    ['without a key', local(`{issuer: "${iss}"}`), /contexts\.local needs one of key and signer/],
    ['with both', local(`{issuer: "${iss}", key: k, signer: [a]}`), /needs one of key and signer/],
    [
      'of a signer that is a text',
      local(`{issuer: "${iss}", signer: a b}`),
      /signer must be a list/,
    ],
    [
      'of a signer without its public half',
      local(`{issuer: "${iss}", signer: [a]}`),
      /contexts\.local\.jwks is required with signer/,
    ],
    [
      'with a word that is not known',
      local(`{issuer: "${iss}", keyfile: k}`),
      /contexts\.local has a member that is not known/,
    ],
    [
      'of a key that is not there',
      local(`{issuer: "${iss}", key: none.pem}`),
      /none\.pem cannot be read/,
    ],
  ]
  for (const [title, text, expected] of faults) {
    test(`${title} is refused`, async () => {
      const { code, out, err } = await call(begins(), usual, { home: homeWith(text) })
      assert.deepEqual([code, out], [2, ''])
      assert.match(err, expected)
    })
  }

  test('may say the uid of a cluster that one may not read', async () => {
    const noReading: Parameters<typeof begins>[0] = {
      instead: ({ url }, response) => {
        if (url?.endsWith('kube-system') !== true) return false
        refuse(response, { code: 403, reason: 'Forbidden', message: 'no' })
        return true
      },
    }
    const without = await call(begins(noReading), usual, { home: homeWith(usualConfiguration) })
    assert.equal(without.code, 2)
    assert.match(
      without.err,
      /may not read the namespace kube-system.*\n.*contexts\.local\.cluster/,
    )
    const home = homeWith(`${usualConfiguration}    cluster: ${clusterUid}\n`)
    assert.equal((await call(begins(noReading), usual, { home })).code, 0)
  })

  test('is looked up by the context that is meant', async () => {
    const cluster = begins()
    const { contexts, ...kubeconfig } = JSON.parse(readFileSync(cluster.kubeconfig, 'utf8')) as {
      readonly contexts: readonly { readonly name: string }[]
    }
    const more = [...contexts, { ...contexts[0], name: 'prod' }]
    const home = homeWith(usualConfiguration.replace('local:', 'prod:'), {
      kubeconfig: JSON.stringify({ ...kubeconfig, contexts: more }),
    })
    const args = [...usual, '--kubeconfig', `${home}/.config/solewriter/kubeconfig`]
    assert.equal((await call(cluster, args, { home })).code, 2)
    const { code, err } = await call(cluster, [...args, '--context', 'prod'], { home })
    assert.equal(code, 0, err)
  })

  test('paths begin where it stands, or at home', async () => {
    const home = homeWith(usualConfiguration.replace('key.pem', '~/.config/solewriter/key.pem'))
    assert.equal((await call(begins(), usual, { home })).code, 0)
  })
})

for (const [title, args, message] of [
  ['no preset', ['request', 'deploy/api', ...words], 'give --preset, or --fields'],
  [
    'no namespace',
    ['request', '--preset', 'scale', 'deploy/api', ...words],
    'deployments.apps needs -n NAMESPACE',
  ],
  [
    'no incident',
    usual.filter((word) => word !== '--incident' && word !== 'PD-1'),
    "required option '--incident",
  ],
] as const) {
  test(`usage: ${title}, before any cluster is asked`, async () => {
    const cluster = begins()
    const { code, err } = await call(cluster, args)
    assert.equal(code, 2)
    assert.ok(err.includes(message), err)
    assert.equal(cluster.requests.length, 0)
  })
}
