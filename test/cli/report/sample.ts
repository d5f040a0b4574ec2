import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { stringAt, type JsonObject } from '../../../src/core/manifest/json.ts'
import { ChainWriter, newKeys } from '../../core/audit/chains.ts'

const grant = 'bg-0190c5a2-7b1e-7cc3-8d4e-1f2a3b4c5d6e'
const unused = 'bg-0190c5a2-7b1e-7cc3-8d4e-1f2a3b4c5d6f'
const commits = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(40))

export interface Sample {
  readonly records: string
  readonly jwks: string
  readonly anchors: string
  readonly state: string
}

/** A month of a cluster that is in order but for some things: files of records, keys, anchors, grants. */
export function writeSample(dir: string): Sample {
  const keys = newKeys()
  const [first, second] = ['solewriter-0/01K1', 'solewriter-1/01K2'].map(
    (writer) => new ChainWriter(writer, keys),
  )
  for (const [i, one] of monthOf().entries()) (i % 3 === 0 ? second : first)?.add(one)
  first?.close()
  second?.close()
  const sample = {
    records: path.join(dir, 'records'),
    jwks: path.join(dir, 'jwks.json'),
    anchors: path.join(dir, 'anchors.json'),
    state: path.join(dir, 'state'),
  }
  mkdirSync(sample.records)
  mkdirSync(sample.state)
  for (const [i, chain] of [first, second].entries()) {
    writeFileSync(path.join(sample.records, `${i}.jsonl`), `${chain?.lines.join('\n')}\n`)
  }
  writeFileSync(sample.jwks, keys.jwks)
  const items = [first, second].map((chain) => ({
    kind: 'AuditCheckpoint',
    spec: chain?.checkpoints.at(-1),
  }))
  writeFileSync(sample.anchors, JSON.stringify({ items }))
  writeFileSync(
    path.join(sample.state, 'objects.json'),
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects() }),
  )
  return sample
}

const start = Date.UTC(2026, 7, 1)
const hour = 3_600_000

interface Told {
  /** ms from the beginning of the month. */
  readonly at: number
  readonly reason: string
  readonly ns: string
  readonly user: string
  readonly extra?: JsonObject
}

function monthOf(): readonly JsonObject[] {
  const days = Array.from({ length: 31 }, (_, day) => day)
  return [...days.flatMap(dayOf), ...glassOf(2.5), ...glassOf(2.7)]
    .map(toRecord)
    .toSorted((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1))
}

function toRecord({ at, reason, ns, user, extra = {} }: Told, n: number): JsonObject {
  return {
    decisionId: idOf(n, start + at),
    time: new Date(start + at).toISOString(),
    reason,
    ns,
    user,
    gvr: 'apps/v1/deployments',
    dryRun: false,
    decision: 'allow',
    wouldDeny: false,
    git: null,
    rule: null,
    ...extra,
  }
}

function dayOf(day: number): readonly Told[] {
  const at = (hours: number) => (day * 24 + hours) * hour
  const keda = {
    at: at(3),
    reason: 'Exception',
    ns: 'shop',
    user: 'system:serviceaccount:keda:keda-operator',
    extra: { rule: 'keda' },
  }
  const isByHand = day % 2 === 0
  const denied = {
    at: at(11),
    reason: isByHand ? 'HumanWrite' : 'ContentMismatch',
    ns: 'pay',
    user: isByHand ? 'dora@acme.example' : 'system:serviceaccount:ci:deployer',
    extra: { decision: 'deny' },
  }
  const watched = {
    at: at(15),
    reason: 'HumanWrite',
    ns: 'sandbox-1',
    user: 'eve@acme.example',
    extra: { wouldDeny: true, mode: 'audit' },
  }
  return [
    ...syncsOf(day),
    keda,
    ...(day % 3 === 0 ? [denied] : []),
    ...(day % 10 === 4 ? [watched] : []),
  ]
}

function syncsOf(day: number): readonly Told[] {
  const spaces = ['pay', 'shop', 'search', 'ops', 'web']
  const busy = day % 7 < 5 ? 6 + ((day * 5) % 9) : 1
  return Array.from({ length: busy }, (_, i) => {
    const git = {
      repo: i % 4 === 3 ? 'platform' : 'fleet',
      commit: commits[(day + i) % 4] ?? '',
      path: 'prod/api.yaml:1',
      evidence: 'flux',
      verified: true,
    }
    return {
      at: (day * 24 + 8 + i) * hour,
      reason: 'VerifiedCommit',
      ns: spaces[(day * i + i) % 5] ?? '',
      user: 'system:serviceaccount:flux-system:kustomize-controller',
      extra: { git, rule: i % 5 === 0 ? 'ci' : 'flux', idClass: 'writer' },
    }
  })
}

function glassOf(hours: number): readonly Told[] {
  const at = (12 * 24 + hours) * hour
  const user = 'alice@acme.example'
  return [{ at, reason: 'BreakGlass', ns: 'pay', user, extra: { rule: grant } }]
}

function timeOf(record: JsonObject): string {
  return stringAt(record, 'time') ?? ''
}

/** Uses are known by it. */
function idOf(n: number, ms: number): string {
  const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
  let head = ''
  for (let rest = Math.floor(ms / 60_000) * 60_000, i = 0; i < 10; i += 1) {
    head = `${crockford[rest % 32]}${head}`
    rest = Math.floor(rest / 32)
  }
  return `${head}${String(n).padStart(16, '0')}`
}

function objects(): readonly JsonObject[] {
  const at = (ms: number) =>
    new Date(start + 12 * 24 * hour + ms).toISOString().replace('.000Z', 'Z')
  const all = monthOf()
  const uses = all.filter((one) => one['reason'] === 'BreakGlass')
  const stored = uses.map((one, i) => ({
    n: i + 1,
    fingerprint: `sha256:${'f'.repeat(64)}`,
    decisionId: one['decisionId'] ?? '',
    time: timeOf(one).replace('.000Z', 'Z'),
    op: 'UPDATE',
    target: {
      group: 'apps',
      version: 'v1',
      resource: 'deployments',
      subresource: '',
      namespace: 'pay',
      name: 'api',
      uid: 'u1',
    },
    paths: i === 0 ? ['spec.replicas'] : ['spec.template.spec.containers[name="api"].image'],
    diff:
      i === 0
        ? [{ op: 'replace', path: 'spec.replicas', from: '3', value: '12' }]
        : [
            {
              op: 'replace',
              path: 'spec.template.spec.containers[name="api"].image',
              from: 'registry.acme.example/api:1.8.2',
              value: 'registry.acme.example/api:1.8.1',
            },
            {
              op: 'replace',
              path: 'spec.template.spec.containers[name="api"].env[name="DB_URL"].value',
              hidden: 'Confidential',
            },
          ],
    tips: [{ repository: 'fleet', branch: 'main', commit: commits[0] ?? '' }],
    state: 'Committed',
    confirmedAt: at(2.6 * hour),
    resolution: {
      kind: i === 0 ? 'Reverted' : 'Promoted',
      repository: 'fleet',
      commit: commits[3] ?? '',
      at: at((6 + i) * hour),
    },
  }))
  const told = {
    incident: 'INC-4711',
    reason:
      'payments time out since 02:10; the rollout of api 1.8.2 exhausts the connection pool, and Git host is down',
    activatedAt: at(2.3 * hour),
    expiresAt: at(3.3 * hour),
    uses: stored,
  }
  return [
    {
      apiVersion: 'solewriter.dev/v1alpha1',
      kind: 'BreakGlassGrant',
      metadata: { name: grant, creationTimestamp: at(2.2 * hour), resourceVersion: '1' },
      spec: {},
      status: {
        ...told,
        phase: 'Expired',
        subject: { username: 'alice@acme.example' },
        maxUses: 10,
        scope: [
          {
            resources: ['deployments.apps'],
            operations: ['UPDATE'],
            namespaces: ['pay'],
            names: ['api'],
          },
        ],
        approvalsWanted: { required: 1, groups: ['sre-lead'], until: at(2.5 * hour) },
        approvals: [{ by: 'bob@acme.example', group: 'sre-lead', at: at(2.3 * hour) }],
      },
    },
    {
      apiVersion: 'solewriter.dev/v1alpha1',
      kind: 'PostMortem',
      metadata: { name: grant.replace('bg-', 'pm-'), creationTimestamp: at(2.2 * hour) },
      spec: {
        grant,
        review: {
          by: 'carol@acme.example',
          at: at(50 * hour),
          verdict: 'justified',
          text: 'The pool limit was too low for 1.8.2.\nA load test of the pool is now part of the pipeline.',
          link: 'https://wiki.acme.example/pm/4711',
        },
      },
      status: {
        ...told,
        phase: 'Closed',
        holder: 'alice@acme.example',
        approvers: ['bob@acme.example'],
        grantPhase: 'Expired',
        resolvedAt: at(7 * hour),
        closedAt: at(50 * hour),
        due: { draft: at(26 * hour), review: at(72 * hour) },
      },
    },
    {
      apiVersion: 'solewriter.dev/v1alpha1',
      kind: 'BreakGlassGrant',
      metadata: { name: unused, creationTimestamp: at(200 * hour), resourceVersion: '1' },
      spec: {},
      status: {
        phase: 'ApprovalTimeout',
        subject: { username: 'dora@acme.example' },
        incident: 'INC-4802',
        reason: 'cache nodes are full, want to drop the warm-up job before the morning',
        approvalsWanted: { required: 1, groups: ['sre-lead'], until: at(200.25 * hour) },
      },
    },
  ]
}
