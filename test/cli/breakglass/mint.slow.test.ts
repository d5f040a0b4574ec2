import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { run } from '../../../src/cli/run.ts'
import { readKeys } from '../../../src/core/breakglass/keys.ts'
import { verifyToken } from '../../../src/core/breakglass/token.ts'
import { otherKey } from '../../core/breakglass/issuing.ts'
import { json, startApiServer } from '../../kubernetes/api-server.ts'
import { fakeEnv } from '../fake-env.ts'
import { solewriter } from '../process.ts'
import { scratch } from '../scratch.ts'

const noon = Date.UTC(2026, 5, 1, 12) / 1000
const issuer = 'https://breakglass.acme.example'
const uid = '6f1c2d2e-1111-4222-8333-944445555666'
const cwd = scratch()
assert.equal(await run(['breakglass', 'keygen', '--out', '.'], fakeEnv({ cwd })), 0)
for (const [name, key] of [
  ['p384.pem', otherKey('P-384').export({ type: 'pkcs8', format: 'pem' })],
  ['other.pem', 'not a key: s3cret'],
] as const) {
  writeFileSync(path.join(cwd, name), key)
}

const usual = {
  '--key': 'key.pem',
  '--issuer': issuer,
  '--user': 'alice',
  '--cluster': uid,
  '--preset': 'scale',
  '-n': 'pay',
  '--incident': 'PD-1',
  '--reason': '5xx storm, scale api',
}

/** With options changed; `undefined` leaves one out. */
function line(change: Readonly<Record<string, string | undefined>>, ...more: readonly string[]) {
  const options = Object.entries({ ...usual, ...change }).flatMap(([name, value]) =>
    value === undefined ? [] : [name, value],
  )
  return ['breakglass', 'mint', ...options, ...more]
}

async function mint(change: Readonly<Record<string, string | undefined>>, ...more: string[]) {
  const env = fakeEnv({ cwd })
  const status = await run(line(change, ...more), env)
  return { status, out: env.out(), err: env.err() }
}

test('the token is all that standard output holds, and is what a cluster verifies', async () => {
  const { status, out, err } = await mint({}, 'deploy/api')
  assert.equal(status, 0, err)
  assert.match(out, /^[\w-]+\.[\w-]+\.[\w-]+\n$/)
  const token = out.trim()
  const read = readKeys(readFileSync(path.join(cwd, 'jwks.json'), 'utf8'))
  assert.ok(read.kind === 'keys')
  const [kid = ''] = read.keys.keys()
  assert.deepEqual(decodeProtectedHeader(token), { alg: 'ES256', typ: 'breakglass+jwt', kid })
  const { jti, ...claims } = decodeJwt(token)
  assert.deepEqual(claims, {
    iss: issuer,
    aud: `urn:solewriter:cluster:${uid}`,
    sub: 'alice',
    iat: noon,
    nbf: noon,
    exp: noon + 900,
    authorization_details: [
      {
        type: 'urn:solewriter:k8s-write:v1',
        apiGroups: ['apps'],
        resources: ['deployments', 'deployments/scale'],
        operations: ['UPDATE'],
        namespaces: ['pay'],
        names: ['api'],
        fields: ['spec.replicas'],
      },
    ],
    bg: { v: 1, session_s: 3600, incident: 'PD-1', reason: '5xx storm, scale api' },
  })
  assert.equal(err, `bg-${jti} for alice: activate it by 2026-06-01T12:15:00.000Z\n`)
  const verdict = await verifyToken(token, {
    issuers: new Map([[issuer, { name: 'oncall', keys: read.keys, limits: new Map() }]]),
    clusterUid: uid,
    username: 'alice',
    at: noon * 1000,
  })
  assert.equal(verdict.kind, 'verified')
})

test('no two tokens are alike', async () => {
  const [a, b] = [await mint({}), await mint({})]
  assert.notEqual(decodeJwt(a.out).jti, decodeJwt(b.out).jti)
})

test('life, session and uses are as asked for', async () => {
  const { out } = await mint({ '--ttl': '5m', '--session': '20m', '--max-uses': '3' })
  const { exp, bg } = decodeJwt<{ bg: { session_s: number; max_uses: number } }>(out)
  assert.equal(exp, noon + 300)
  assert.equal(bg.session_s, 1200)
  assert.equal(bg.max_uses, 3)
})

test('fields alone are an edit of these fields; a comma in quotes is part of a key', async () => {
  const fields = 'spec.replicas,metadata.annotations["a,b"],spec.c[name=x].image'
  const { out } = await mint({ '--preset': undefined, '--fields': fields }, 'deploy/api')
  const { authorization_details: details } = decodeJwt<{ authorization_details: object[] }>(out)
  assert.deepEqual(details, [
    {
      type: 'urn:solewriter:k8s-write:v1',
      apiGroups: ['apps'],
      resources: ['deployments'],
      operations: ['UPDATE'],
      namespaces: ['pay'],
      names: ['api'],
      fields: ['spec.replicas', 'metadata.annotations["a,b"]', 'spec.c[name=x].image'],
    },
  ])
})

test('JSON holds the token and what it says', async () => {
  const { out, err } = await mint({}, 'deploy/api', '-o', 'json')
  const shown = JSON.parse(out) as { token: string; grant: string; claims: object }
  assert.deepEqual(Object.keys(shown), ['token', 'grant', 'kid', 'expires', 'claims'])
  assert.deepEqual(decodeJwt(shown.token), shown.claims)
  assert.equal(err, '')
})

const refused: readonly [
  title: string,
  change: Readonly<Record<string, string | undefined>>,
  message: string,
  target?: string,
][] = [
  [
    '16 minutes',
    { '--ttl': '16m' },
    'no cluster would accept the token: Lifetime: a token lives at most 15 minutes from iat to exp',
  ],
  [
    'a session of two days',
    { '--session': '2d' },
    'no cluster would accept the token: Claims: bg.session_s must be a whole number from 1 to 86400',
  ],
  [
    '101 uses',
    { '--max-uses': '101' },
    'no cluster would accept the token: Claims: bg.max_uses must be a whole number from 1 to 100',
  ],
  [
    'no reason',
    { '--reason': '' },
    'no cluster would accept the token: Claims: bg.reason must be 1 to 500 printable characters',
  ],
  [
    'no user',
    { '--user': '' },
    'no cluster would accept the token: Claims: sub must be a username',
  ],
  [
    'a namespace that is none',
    { '-n': 'team-*' },
    'no cluster would accept the token: Scope: authorization_details[0].namespaces[0] must be a namespace, or * for every one',
  ],
  ['no cluster', { '--cluster': undefined }, 'give one of --cluster UID and --kubeconfig FILE'],
  ['two clusters', { '--kubeconfig': 'x' }, 'give one of --cluster UID and --kubeconfig FILE'],
  [
    'a cluster that is none',
    { '--cluster': 'a b' },
    '--cluster must be the uid of the namespace kube-system',
  ],
  [
    'neither preset nor fields',
    { '--preset': undefined },
    'give --preset, or --fields with RESOURCE/NAME',
  ],
  [
    'fields without an object',
    { '--preset': undefined, '--fields': 'spec' },
    'preset edit needs RESOURCE/NAME',
  ],
  [
    'fields that cannot be read',
    { '--fields': 'spec..a' },
    'field path "spec..a" cannot be read from character 5: write dotted keys, ["quoted key"], [*] or [mergeKey=value], or * for everything',
  ],
  ['fields in vain', { '--preset': 'exec', '--fields': 'spec' }, 'preset exec changes no fields'],
  ['no namespace', { '-n': undefined }, 'deployments.apps needs -n NAMESPACE'],
  ['another curve', { '--key': 'p384.pem' }, 'p384.pem is no key for ES256: it must be on P-256'],
  ['a file that is no key', { '--key': 'other.pem' }, 'other.pem is no private key in PEM'],
  ['the public key', { '--key': 'jwks.json' }, 'jwks.json is no private key in PEM'],
  ['no key', { '--key': 'none.pem' }, 'none.pem cannot be read'],
]

for (const [title, change, message, target] of refused) {
  test(`not minted: ${title}`, async () => {
    const { status, out, err } = await mint(change, ...(target === undefined ? [] : [target]))
    assert.deepEqual({ status, out, err }, { status: 2, out: '', err: `error: ${message}\n` })
  })
}

for (const [option, value, message] of [
  ['--issuer', 'http://a.example', 'must be an https:// URL'],
  ['--ttl', 'soon', 'must be a duration in whole seconds such as 15m'],
  ['--ttl', '1ms', 'must be a duration in whole seconds such as 15m'],
  ['--session', '0s', 'must be a duration in whole seconds such as 15m'],
  ['--max-uses', '0', 'must be a whole number from 1'],
  ['--preset', 'everything', 'Allowed choices are scale, restart'],
] as const) {
  test(`not minted: ${option} ${value}`, async () => {
    const { status, out, err } = await mint({ [option]: value })
    assert.deepEqual([status, out], [2, ''])
    assert.ok(err.includes(message), err)
  })
}

for (const option of ['--key', '--issuer', '--user', '--incident', '--reason']) {
  test(`not minted: without ${option}`, async () => {
    const { status, out, err } = await mint({ [option]: undefined })
    assert.deepEqual([status, out], [2, ''])
    assert.match(err, new RegExp(`required option '${option} `))
  })
}

test('the cluster itself says its uid', async (t) => {
  const { kubeconfig, requests } = await startApiServer(t, (_request, response) => {
    json(response, 200, { metadata: { name: 'kube-system', uid: 'u-1' } })
  })
  const { status, out, err } = await mint({ '--cluster': undefined, '--kubeconfig': kubeconfig })
  assert.equal(status, 0, err)
  assert.equal(decodeJwt(out).aud, 'urn:solewriter:cluster:u-1')
  assert.deepEqual(
    requests.map(({ method, url }) => `${method} ${url}`),
    ['GET /api/v1/namespaces/kube-system'],
  )
})

test('a cluster that does not say is no answer', async (t) => {
  const { kubeconfig } = await startApiServer(t, (_request, response) => {
    json(response, 403, { reason: 'Forbidden' })
  })
  const { status, out } = await mint({ '--cluster': undefined, '--kubeconfig': kubeconfig })
  assert.deepEqual([status, out], [3, ''])
})

test('as a process, standard output is the token too', () => {
  const { status, stdout } = solewriter(line({}, 'deploy/api'), { cwd })
  assert.equal(status, 0)
  assert.match(stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/)
})
