import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import path from 'node:path'
import { describe, test } from 'node:test'
import type { Claims } from '../../../src/core/breakglass/claims.ts'
import { keySet, publicHalf, thumbprint } from '../../../src/core/breakglass/keys.ts'
import { audienceOf, signToken } from '../../../src/core/breakglass/token.ts'
import { solewriter } from '../process.ts'
import { scratch } from '../scratch.ts'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwk = publicHalf(privateKey) ?? assert.fail()
const cluster = '6f1c2d2e-1111-4222-8333-944445555666'
const begin = Date.UTC(2026, 7, 23, 2, 14)

const policy = (source: string) => `apiVersion: solewriter.dev/v1alpha1
kind: Policy
metadata: {name: t}
spec:
  mode: enforce
  breakGlass:
    issuers: [{name: oncall, issuer: "https://breakglass.acme.example", ${source}}]
    rules: [{subjects: {groups: [sre-oncall]}}]
`

async function tokenOf(jti: string, uses: number): Promise<string> {
  const iat = begin / 1000
  const claims: Claims = {
    iss: 'https://breakglass.acme.example',
    aud: audienceOf(cluster),
    sub: 'alice',
    iat,
    nbf: iat,
    exp: iat + 900,
    jti,
    authorization_details: [
      {
        type: 'urn:solewriter:k8s-write:v1',
        apiGroups: [''],
        resources: ['configmaps'],
        operations: ['UPDATE'],
        namespaces: ['pay'],
        fields: ['data'],
      },
    ],
    bg: { v: 1, incident: 'PD-1', reason: 'the settings are wrong', max_uses: uses },
  }
  return signToken(claims, thumbprint(jwk), privateKey)
}

const inState = '0198c1d2-7c1e-7b2f-9a53-000000000001'
const created = '0198c1d2-7c1e-7b2f-9a53-000000000002'

const grantOf = async (jti: string, uses: number) => ({
  apiVersion: 'solewriter.dev/v1alpha1',
  kind: 'BreakGlassGrant',
  metadata: { name: `bg-${jti}`, creationTimestamp: '2026-08-23T02:14:00Z' },
  spec: { token: await tokenOf(jti, uses) },
})

const inline = JSON.stringify(keySet(jwk))
const dir = scratch({
  'inline.yaml': policy(`jwks: ${inline}`),
  'file.yaml': policy('jwksFile: /nowhere/jwks.json'),
  'state/namespaces.yaml': `apiVersion: v1\nkind: Namespace\nmetadata: {name: kube-system, uid: ${cluster}}\n`,
  'granted/namespaces.yaml': `apiVersion: v1\nkind: Namespace\nmetadata: {name: kube-system, uid: ${cluster}}\n`,
  'granted/grant.json': JSON.stringify(await grantOf(inState, 2)),
})

const alice = {
  username: 'alice',
  groups: ['sre-oncall'],
  extra: { 'authentication.kubernetes.io/credential-id': ['X509SHA256=abc'] },
}

function review(request: object): string {
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '1',
      userInfo: alice,
      oldObject: null,
      dryRun: false,
      options: null,
      ...request,
    },
  })
}

function change(value: string, more: object = {}): string {
  const metadata = { name: 'settings', namespace: 'pay', uid: 'u1' }
  return review({
    kind: { group: '', version: 'v1', kind: 'ConfigMap' },
    resource: { group: '', version: 'v1', resource: 'configmaps' },
    name: 'settings',
    namespace: 'pay',
    operation: 'UPDATE',
    oldObject: { metadata, data: { a: '0' } },
    object: { metadata, data: { a: value } },
    ...more,
  })
}

function creation(object: object, more: object = {}): string {
  return review({
    kind: { group: 'solewriter.dev', version: 'v1alpha1', kind: 'BreakGlassGrant' },
    resource: { group: 'solewriter.dev', version: 'v1alpha1', resource: 'breakglassgrants' },
    operation: 'CREATE',
    object,
    ...more,
  })
}

interface Answer {
  readonly response: {
    readonly warnings?: readonly string[]
    readonly auditAnnotations: Readonly<Record<string, string>>
  }
}

function decide(reviews: readonly string[], { state = 'state', file = 'inline.yaml' } = {}) {
  const flags = ['--policy', path.join(dir, file), '--state', path.join(dir, state)]
  const when = ['--now', '2026-08-23T02:14:30Z']
  const ended = solewriter(['review', '-f', '-', ...flags, ...when], { input: reviews.join('\n') })
  assert.equal(ended.status, 0, ended.stderr)
  const answers = ended.stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as Answer).response)
  return {
    stderr: ended.stderr,
    warnings: answers.flatMap(({ warnings = [] }) => warnings),
    reasons: answers.map(({ auditAnnotations }) => auditAnnotations['reason-code']),
  }
}

describe('solewriter review with grants', () => {
  test('takes them from the state, and keeps their uses for the run', () => {
    const { reasons, warnings } = decide(
      [change('1'), change('1'), change('2', { dryRun: true }), change('2'), change('3')],
      { state: 'granted' },
    )
    assert.deepEqual(reasons, [
      'BreakGlass',
      'BreakGlass',
      'BreakGlass',
      'BreakGlass',
      'GrantExhausted',
    ])
    assert.match(warnings[0] ?? '', /use 1\/2, expires 2026-08-23T03:14:00Z/)
    assert.match(warnings[3] ?? '', /use 2\/2/)
  })

  test('creates them as its reviews do', async () => {
    const grant = await grantOf(created, 1)
    const { reasons } = decide([
      change('1'),
      creation(grant, { dryRun: true }),
      change('1'),
      creation(grant),
      change('1'),
      change('2'),
    ])
    assert.deepEqual(reasons, [
      'HumanWrite',
      'OwnObject',
      'HumanWrite',
      'OwnObject',
      'BreakGlass',
      'GrantExhausted',
    ])
  })

  test('refuses tokens of whom it has no keys, and says so', async () => {
    const { reasons, stderr } = decide([creation(await grantOf(created, 1))], { file: 'file.yaml' })
    assert.deepEqual(reasons, ['TokenRefused'])
    assert.match(stderr, /issuer oncall has no keys here.*\/nowhere\/jwks\.json cannot be read/)
  })
})
