import type { Finding, ScanSummary } from '../../../src/core/scan/result.ts'

export const finding: Finding = {
  type: 'finding',
  kind: 'different',
  object: {
    group: 'apps',
    version: 'v1',
    kind: 'Deployment',
    resource: 'deployments',
    namespace: 'pay',
    name: 'api',
    uid: 'u-1',
  },
  paths: ['spec.replicas'],
  morePaths: 0,
  declared: {
    repository: 'fleet',
    branch: 'main',
    commit: 'a'.repeat(40),
    file: 'prod/api.yaml',
    line: 3,
  },
  who: { isHint: true, manager: 'kubectl-scale', operation: 'Update', time: '' },
  wouldDeny: {
    human: { reason: 'HumanWrite', row: 10, rule: 'people write to Git' },
    writer: { reason: 'ContentMismatch', row: 8, rule: 'content of the commit' },
    mode: 'enforce',
  },
}

export const summary: ScanSummary = {
  type: 'summary',
  verdict: 'drift',
  trigger: 'command',
  cluster: 'c-1',
  policy: 'sha256:p',
  startedAt: '2026-08-23T02:14:07Z',
  endedAt: '2026-08-23T02:14:09Z',
  heads: [],
  objects: 10,
  kinds: 3,
  asDeclared: 4,
  findings: { undeclared: 0, different: 1, missing: 0, superseded: 0 },
  ignored: {
    'out-of-scope': 0,
    own: 0,
    exception: 5,
    owner: 0,
    derived: 0,
    transient: 0,
    encrypted: 0,
    terminating: 0,
  },
  wouldDeny: [],
  unknown: 1,
  notSeen: [],
  omitted: 0,
}
