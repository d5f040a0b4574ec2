import { ulid } from '../../../src/core/decision/ulid.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'

// A small cluster on a day on call, for pages that people look at.

/** The moment that all samples are about. */
export const moment = Date.UTC(2026, 7, 23, 2, 40)

export const head = '9c1f2ab3d4e5f60718293a4b5c6d7e8f90a1b2c3'
const older = '51d7ce0a9f8e7d6c5b4a39281706f5e4d3c2b1a0'
export const grantName = 'bg-6f1c2d2e-5b1a-4c7e-9a55-0b7f3c9d1e42'
export const postMortemName = 'pm-6f1c2d2e-5b1a-4c7e-9a55-0b7f3c9d1e42'
export const cluster = '6f1c2d2e-5b1a-4c7e-9a55-0b7f3c9d1e42'

export function iso(ms: number): string {
  return new Date(ms).toISOString()
}

/** The id of the decision that was made so many seconds before the moment. */
export function decisionId(secondsBefore: number): string {
  const bits = new Uint8Array(10)
  new DataView(bits.buffer).setUint32(6, secondsBefore)
  return ulid(Math.floor((moment - secondsBefore * 1000) / 60_000) * 60_000, bits)
}

let seq = 0

/** A record as a replica writes it. */
export function record(secondsBefore: number, more: JsonObject = {}): JsonObject {
  seq += 1
  return {
    v: 1,
    seq,
    writer: 'solewriter-0/01K3BAT0000000000000000000',
    prev: `sha256:${'5e'.repeat(32)}`,
    time: iso(moment - secondsBefore * 1000),
    cluster,
    decisionId: decisionId(secondsBefore),
    requestUid: `705ab4f5-0000-4000-8000-${String(seq).padStart(12, '0')}`,
    fingerprint: `sha256:${'11'.repeat(32)}`,
    op: 'UPDATE',
    dryRun: false,
    gvr: 'apps/v1/deployments',
    sub: '',
    ns: 'pay',
    name: 'api',
    objUid: 'uid-1',
    rv: '8812',
    user: 'system:serviceaccount:flux-system:kustomize-controller',
    uid: 'uid-2',
    groups: [
      'system:serviceaccounts',
      'system:serviceaccounts:flux-system',
      'system:authenticated',
    ],
    groupCount: 3,
    cred: 'JTI=3f0c8a52-1f2d-4c1c-9e1a-8b2f0d3c4e5f',
    idClass: 'writer',
    decision: 'allow',
    wouldDeny: false,
    mode: 'enforce',
    reason: 'VerifiedCommit',
    rule: 'flux',
    git: {
      repo: 'fleet',
      commit: head,
      path: 'clusters/prod/pay',
      evidence: 'flux',
      verified: true,
    },
    paths: [
      'spec.template.spec.containers[name=api].image',
      'metadata.labels["app.kubernetes.io/version"]',
    ],
    program: null,
    pre: `sha256:${'a1'.repeat(32)}`,
    post: `sha256:${'b2'.repeat(32)}`,
    latencyMs: 3.4,
    policy: `sha256:${'77'.repeat(32)}`,
    config: `sha256:${'88'.repeat(32)}`,
    peer: null,
    ...more,
  }
}

const human = {
  user: 'alice@acme.example',
  groups: ['sre-oncall', 'system:authenticated'],
  groupCount: 2,
  cred: null,
  idClass: 'human',
  git: null,
  rule: null,
}

export function sampleRecords(): readonly JsonObject[] {
  const flux = Array.from({ length: 60 }, (_, i) =>
    record(9000 - i * 120, { name: ['api', 'worker', 'web'][i % 3] ?? 'api' }),
  )
  return [
    ...flux,
    record(1500, {
      ...human,
      decision: 'deny',
      reason: 'HumanWrite',
      paths: ['spec.replicas'],
      sub: 'scale',
    }),
    record(1380, {
      ...human,
      reason: 'BreakGlass',
      rule: grantName,
      sub: 'scale',
      paths: ['spec.replicas'],
    }),
    record(900, {
      user: 'system:serviceaccount:ci:deployer',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:ci', 'system:authenticated'],
      rule: 'ci',
      decision: 'deny',
      reason: 'ContentMismatch',
      git: { repo: 'fleet', commit: head, path: null, evidence: 'oidc', verified: false },
      paths: ['spec.replicas', 'spec.template.spec.containers[name=api].env[name=LOG_LEVEL].value'],
    }),
    record(600, {
      ...human,
      user: 'bob@acme.example',
      decision: 'allow',
      wouldDeny: true,
      mode: 'audit',
      reason: 'HumanWrite',
      ns: 'sandbox-bob',
      gvr: 'v1/configmaps',
      name: 'scratch',
      paths: ['data["greeting"]'],
    }),
    record(300, {
      user: 'system:serviceaccount:kube-system:replicaset-controller',
      idClass: 'exception',
      reason: 'Exception',
      rule: 'replicasets-make-pods',
      op: 'CREATE',
      gvr: 'v1/pods',
      name: 'api-7d9f6c5b4-x2x9k',
      git: null,
    }),
    record(120, {
      ...human,
      op: 'CONNECT',
      gvr: 'v1/pods',
      sub: 'exec',
      name: 'api-7d9f6c5b4-x2x9k',
      decision: 'deny',
      reason: 'GrantOutOfScope',
      rule: grantName,
      program: 'psql',
      paths: [],
    }),
    record(30, {
      git: { repo: 'fleet', commit: older, path: null, evidence: 'flux', verified: false },
      decision: 'deny',
      reason: 'CommitSuperseded',
      paths: ['spec.replicas'],
    }),
  ]
}
