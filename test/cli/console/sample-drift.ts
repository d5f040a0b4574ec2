import type { Drift } from '../../../src/core/console/drift-page.ts'
import { cluster, head, iso, moment } from './samples.ts'

export function sampleDrift(): Drift {
  const object = (kind: string, resource: string, namespace: string, name: string) => ({
    group: resource === 'configmaps' ? '' : 'apps',
    kind,
    version: 'v1',
    resource,
    namespace,
    name,
    uid: 'u',
  })
  const place = {
    repository: 'fleet',
    branch: 'main',
    commit: head,
    file: 'clusters/prod/pay/api.yaml',
    line: 12,
  }
  const human = { reason: 'HumanWrite', row: 10, rule: 'human' } as const
  return {
    kind: 'known',
    findings: [
      {
        type: 'finding',
        kind: 'different',
        object: object('Deployment', 'deployments', 'pay', 'api'),
        paths: ['spec.replicas'],
        morePaths: 0,
        declared: place,
        who: {
          isHint: true,
          manager: 'kubectl-edit',
          operation: 'Update',
          time: iso(moment - 1_380_000),
        },
        wouldDeny: { human, mode: 'enforce' },
      },
      {
        type: 'finding',
        kind: 'undeclared',
        object: object('ConfigMap', 'configmaps', 'pay', 'debug-flags'),
        paths: [],
        morePaths: 0,
        who: {
          isHint: true,
          manager: 'kubectl-create',
          operation: 'Update',
          time: iso(moment - 90_000_000),
        },
        wouldDeny: { human, mode: 'enforce' },
      },
      {
        type: 'finding',
        kind: 'missing',
        object: object('StatefulSet', 'statefulsets', 'shop', 'cache'),
        paths: [],
        morePaths: 0,
        declared: { ...place, file: 'clusters/prod/shop/cache.yaml', line: 1 },
        wouldDeny: { human, mode: 'enforce' },
      },
    ],
    unknown: [
      { type: 'unknown', what: 'widgets.example.com', why: 'we may not list them', objects: 0 },
    ],
    summary: {
      type: 'summary',
      verdict: 'drift',
      trigger: 'schedule',
      cluster,
      policy: 'sha256:7777',
      startedAt: iso(moment - 130_000),
      endedAt: iso(moment - 100_000),
      heads: [{ repository: 'fleet', branch: 'main', commit: head }],
      objects: 1841,
      kinds: 62,
      asDeclared: 1204,
      findings: { undeclared: 1, different: 1, missing: 1, superseded: 0 },
      ignored: {
        'out-of-scope': 80,
        own: 12,
        exception: 210,
        owner: 330,
        derived: 2,
        transient: 0,
        encrypted: 3,
        terminating: 0,
      },
      wouldDeny: [],
      unknown: 1,
      notSeen: ['metrics.k8s.io'],
      omitted: 0,
    },
  }
}
