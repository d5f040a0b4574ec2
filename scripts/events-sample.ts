import type { JsonObject } from '../src/core/manifest/json.ts'
import type { Teller } from '../src/core/breakglass/outbox/cloud-event.ts'

// A break-glass of which everything can be told, as the cluster has it at its end. Two things cannot
// come of one grant, so there are variants.

const name = 'bg-0198c1d2-7c1e-4b2f-9a53-0d6f7f4f2a11'

export const teller: Teller = {
  clusterUid: '6f1c2d2e-0f0b-4c55-9e0f-3a8b8a2f7c10',
  cluster: 'prod-eu-1',
}

const tips = [
  { repository: 'fleet', branch: 'main', commit: '9c1f2ab0c7d64f2c8a3d5e6f708192a3b4c5d6e7' },
]

function use(n: number, time: string, more: JsonObject): JsonObject {
  return {
    n,
    fingerprint: `sha256:${String(n).repeat(64)}`,
    decisionId: `01KHYQXZ0078MA14MKNCEM78N${n}`,
    time,
    op: 'UPDATE',
    target: {
      group: 'apps',
      version: 'v1',
      resource: 'deployments',
      subresource: 'scale',
      namespace: 'pay',
      name: 'api',
      uid: 'd0c6f1f4-31a6-4f0c-8e55-6f0d6b1c0a11',
    },
    paths: ['spec.replicas'],
    pre: 'sha256:aa',
    post: 'sha256:bb',
    diff: [{ op: 'replace', path: 'spec.replicas', from: '4', value: '12' }],
    tips,
    ...more,
  }
}

export const sampleGrant = {
  apiVersion: 'solewriter.dev/v1alpha1',
  kind: 'BreakGlassGrant',
  metadata: {
    name,
    uid: '0f4c8a7e-6a6b-4b51-9f5d-9be8f1f7a001',
    creationTimestamp: '2026-02-21T11:58:00Z',
    resourceVersion: '4711',
  },
  spec: { ended: false },
  status: {
    phase: 'Expired',
    tokenSHA256: 'ab'.repeat(32),
    issuer: 'oncall',
    kid: 'abc',
    subject: { username: 'alice', uid: '', credential: 'X509SHA256=abc' },
    incident: 'INC-42',
    reason: '5xx storm, three replicas are too few',
    scope: [
      {
        resources: ['deployments.apps', 'deployments.apps/scale'],
        operations: ['UPDATE'],
        namespaces: ['pay'],
        names: ['api'],
        fields: ['spec.replicas'],
      },
    ],
    narrowedBy: [],
    sessionSeconds: 3600,
    maxUses: 2,
    approvalsWanted: { required: 1, groups: ['sre-lead'], until: '2026-02-21T12:13:00Z' },
    approvals: [{ by: 'bob', group: 'sre-lead', at: '2026-02-21T12:00:00Z' }],
    activatedAt: '2026-02-21T12:00:00Z',
    expiresAt: '2026-02-21T13:00:00Z',
    uses: [
      use(1, '2026-02-21T12:01:00Z', {
        state: 'Committed',
        confirmedAt: '2026-02-21T12:01:20Z',
        resolution: {
          kind: 'Promoted',
          repository: 'fleet',
          commit: 'e7d6c5b4a392817060f5e4d3c2b1a09f8e7d6c5b',
          at: '2026-02-21T15:00:00Z',
        },
      }),
      use(2, '2026-02-21T12:05:00Z', {
        state: 'NotCommitted',
        confirmedAt: '2026-02-21T12:05:20Z',
        diff: [{ op: 'replace', path: 'spec.replicas', from: '12', value: '200' }],
      }),
    ],
    holds: [
      {
        use: 1,
        at: '2026-02-21T12:02:00Z',
        by: 'flux',
        commit: 'fleet@9c1f2ab0c7d64f2c8a3d5e6f708192a3b4c5d6e7',
        until: '2026-02-21T12:31:00Z',
      },
    ],
  },
} satisfies JsonObject

/** After all of it. */
export const sampleNow = 1_772_000_000_000

export const samplePostMortem = {
  apiVersion: 'solewriter.dev/v1alpha1',
  kind: 'PostMortem',
  metadata: { name: name.replace('bg-', 'pm-'), creationTimestamp: '2026-02-21T12:00:01Z' },
  spec: {
    grant: name,
    review: {
      by: 'carol',
      at: '2026-02-24T09:00:00Z',
      text: 'The limit of the quota was too low.',
    },
  },
  status: {
    phase: 'Closed',
    due: { draft: '2026-02-22T12:00:00Z', review: '2026-02-23T23:59:59Z' },
    overdue: ['review'],
    resolvedAt: '2026-02-21T15:00:00Z',
    closedAt: '2026-02-24T09:00:05Z',
  },
} satisfies JsonObject

/** Of somebody who wrote while nobody asked us. */
export const sampleBypass = {
  apiVersion: 'solewriter.dev/v1alpha1',
  kind: 'PostMortem',
  metadata: {
    name: 'pm-bypass-20260221t12-2bd806c97f0e',
    uid: '0f4c8a7e-6a6b-4b51-9f5d-9be8f1f7a002',
    creationTimestamp: '2026-02-21T12:14:08Z',
  },
  spec: {
    bypass: { actor: 'alice', from: '2026-02-21T12:00:00Z', to: '2026-02-21T13:00:00Z' },
  },
  status: {
    phase: 'Open',
    count: 1,
    firstAt: '2026-02-21T12:14:07Z',
    lastAt: '2026-02-21T12:14:07Z',
    writes: [
      {
        n: 1,
        auditId: '5f1a2c9e-7d3b-4a0e-8c61-0b7c2f4d9e10',
        time: '2026-02-21T12:14:07Z',
        verb: 'patch',
        resource: 'deployments.apps',
        namespace: 'pay',
        name: 'api',
        code: 200,
        why: 'NotAsked',
        sourceIps: ['192.0.2.17'],
      },
    ],
  },
} satisfies JsonObject

/** The same grant, had it come to another end. */
export const otherEnds: readonly JsonObject[] = [
  { ...sampleGrant, spec: { ended: true }, status: { ...sampleGrant.status, phase: 'Ended' } },
  {
    ...sampleGrant,
    spec: { ended: false, revoked: { by: 'carol', reason: 'not an emergency' } },
    status: { ...sampleGrant.status, phase: 'Revoked' },
  },
  {
    ...sampleGrant,
    status: { ...sampleGrant.status, phase: 'ApprovalTimeout', approvals: [], uses: [] },
  },
]
