import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { decisionId, grantName, head, iso, moment, postMortemName } from './samples.ts'

const use = {
  n: 1,
  time: iso(moment - 1_380_000),
  fingerprint: 'f',
  op: 'UPDATE',
  target: {
    group: 'apps',
    version: 'v1',
    resource: 'deployments',
    subresource: 'scale',
    namespace: 'pay',
    name: 'api',
  },
  paths: ['spec.replicas'],
  diff: [{ op: 'replace', path: 'spec.replicas', from: '3', value: '6' }],
  decisionId: decisionId(1380),
  state: 'Committed',
  confirmedAt: iso(moment - 1_370_000),
}

const secondUse = {
  ...use,
  n: 2,
  time: iso(moment - 1_200_000),
  target: { group: 'apps', version: 'v1', resource: 'deployments', namespace: 'pay', name: 'api' },
  paths: [
    'spec.template.spec.containers[name=api].env[name=DB_PASSWORD].value',
    'spec.template.spec.containers[name=api].image',
  ],
  diff: [
    {
      op: 'replace',
      path: 'spec.template.spec.containers[name=api].env[name=DB_PASSWORD].value',
      hidden: 'Confidential',
    },
    {
      op: 'replace',
      path: 'spec.template.spec.containers[name=api].image',
      from: 'registry.example/api:1.4.1',
      value: 'registry.example/api:1.4.0',
    },
    { op: 'add', path: 'metadata.annotations["acme.example/rollback"]', value: 'true' },
  ],
  decisionId: decisionId(1200),
  resolution: { kind: 'Promoted', repository: 'fleet', commit: head, at: iso(moment - 300_000) },
}

const scope = [
  {
    resources: ['deployments.apps', 'deployments.apps/scale'],
    operations: ['UPDATE'],
    namespaces: ['pay'],
    names: ['api'],
    fields: ['spec.replicas', 'spec.template'],
  },
]

export function sampleGrants(): readonly JsonObject[] {
  const spec = { ended: false }
  const status = {
    phase: 'Active',
    tokenSHA256: 'x',
    issuer: 'oncall',
    kid: 'key-2026',
    subject: { username: 'alice@acme.example' },
    incident: 'PD-4711',
    reason: 'checkout times out, the last rollout doubled the latency',
    scope,
    narrowedBy: ['deployments.apps pay/web: the rule gives pay/api alone'],
    sessionSeconds: 3600,
    holdSeconds: 1800,
    maxUses: 10,
    activatedAt: iso(moment - 1_400_000),
    expiresAt: iso(moment + 2_200_000),
    uses: [use, secondUse],
    conditions: [
      { type: 'Delivered', status: 'False', reason: 'Pending', message: 'Not yet: pager.' },
    ],
  }
  return [
    {
      apiVersion: 'solewriter.dev/v1alpha1',
      kind: 'BreakGlassGrant',
      metadata: {
        resourceVersion: '1',
        name: grantName,
        creationTimestamp: iso(moment - 1_420_000),
      },
      spec,
      status,
    },
    {
      apiVersion: 'solewriter.dev/v1alpha1',
      kind: 'BreakGlassGrant',
      metadata: {
        resourceVersion: '1',
        name: 'bg-00000000-0000-4000-8000-000000000007',
        creationTimestamp: iso(moment - 200_000_000),
      },
      spec: { ended: false, revoked: { by: 'carol@acme.example', reason: 'not needed any more' } },
      status: {
        ...status,
        phase: 'Revoked',
        uses: [],
        incident: 'PD-4702',
        expiresAt: iso(moment - 190_000_000),
      },
    },
  ]
}

export function samplePostMortems(): readonly JsonObject[] {
  return [
    {
      metadata: { name: postMortemName, creationTimestamp: iso(moment - 1_400_000) },
      spec: {
        grant: grantName,
        review: {
          by: 'carol@acme.example',
          at: iso(moment - 60_000),
          verdict: 'justified',
          text: 'The rollout was the cause.\nGit had it half an hour later.',
          link: 'https://wiki.example/pm/4711',
        },
      },
      status: {
        phase: 'Open',
        holder: 'alice@acme.example',
        incident: 'PD-4711',
        reason: 'checkout times out, the last rollout doubled the latency',
        approvers: ['bob@acme.example'],
        skippedApprovers: [],
        activatedAt: iso(moment - 1_400_000),
        expiresAt: iso(moment + 2_200_000),
        due: { draft: iso(moment + 80_000_000), review: iso(moment - 3_000_000) },
        overdue: ['review'],
        uses: [use, secondUse],
        conditions: [
          {
            type: 'Resolved',
            status: 'False',
            reason: 'Open',
            message: 'use 1: Git declares 3, the cluster has 6',
          },
        ],
      },
    },
  ]
}

export function sampleCheckpoints(): readonly JsonObject[] {
  return [0, 1, 2].map((i) => ({
    spec: {
      writer: `solewriter-${i}/01K3BAT000000000000000000${i}`,
      seq: 4711 + i,
      head: `sha256:${'5e'.repeat(32)}`,
      count: 4690 + i,
      prevCheckpoint: `sha256:${'0'.repeat(64)}`,
      time: iso(moment - 20_000 - i * 15_000),
      closes: false,
      unrecorded: 0,
      kid: 'audit-2026',
      signature: 'c2lnbmF0dXJl',
    },
  }))
}

export function samplePods(): readonly JsonObject[] {
  const pod = (name: string, component: string, isReady: boolean): JsonObject => ({
    metadata: { name, labels: { 'app.kubernetes.io/component': component } },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
    },
  })
  return [
    pod('solewriter-0', 'serve', true),
    pod('solewriter-1', 'serve', true),
    pod('solewriter-2', 'serve', false),
    pod('solewriter-controller-6c9d7f5b8-4kq2z', 'controller', true),
    pod('solewriter-controller-6c9d7f5b8-r8w7n', 'controller', true),
  ]
}
