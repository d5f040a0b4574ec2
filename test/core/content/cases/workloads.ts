import type { Json, JsonObject } from '../../../../src/core/manifest/json.ts'
import type { DependentCase } from './case.ts'
import { job, template, withSpec, workload } from './objects.ts'

const ephemeral = {
  name: 'v',
  ephemeral: {
    volumeClaimTemplate: {
      metadata: {},
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
  },
}

export const workloadCases: readonly DependentCase[] = [
  rolling('Deployment', 'strategy', {}, { maxUnavailable: '25%', maxSurge: '25%' }),
  rolling(
    'Deployment',
    'strategy',
    { type: 'RollingUpdate' },
    { maxUnavailable: '25%', maxSurge: '25%' },
  ),
  rolling('Deployment', 'strategy', { type: 'Recreate' }, undefined),
  rolling('DaemonSet', 'updateStrategy', {}, { maxUnavailable: 1, maxSurge: 0 }),
  rolling('DaemonSet', 'updateStrategy', { type: 'OnDelete' }, undefined),
  rolling('StatefulSet', 'updateStrategy', {}, { partition: 0 }),
  rolling('StatefulSet', 'updateStrategy', { type: 'RollingUpdate' }, undefined),
  rolling('StatefulSet', 'updateStrategy', { type: 'OnDelete' }, undefined),
  inJob('one completion', {}, 'completions', 1),
  inJob('no completions where parallelism is given', { parallelism: 2 }, 'completions', undefined),
  inJob('six failures', {}, 'backoffLimit', 6),
  inJob(
    'any number of failures where each index has its own',
    { completionMode: 'Indexed', completions: 2, parallelism: 1, backoffLimitPerIndex: 1 },
    'backoffLimit',
    2_147_483_647,
  ),
  inJob('all that ended is replaced', {}, 'podReplacementPolicy', 'TerminatingOrFailed'),
  inJob(
    'only what failed is replaced with a failure policy',
    {
      podFailurePolicy: {
        rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [1] } }],
      },
    },
    'podReplacementPolicy',
    'Failed',
  ),
  ...['completions', 'backoffLimit', 'podReplacementPolicy'].map((field): DependentCase => ({
    title: `the template of a CronJob: no ${field}`,
    object: job({}, 'CronJob'),
    path: ['spec', 'jobTemplate', 'spec'],
    field,
    expected: undefined,
  })),
  {
    title: 'a ReplicationController selects the labels of its template',
    object: controller(),
    path: ['spec'],
    field: 'selector',
    expected: { app: 'x' },
  },
  {
    title: 'a ReplicationController has the labels of its template',
    object: controller(),
    path: ['metadata'],
    field: 'labels',
    expected: { app: 'x' },
  },
  {
    title: 'a Job has the labels of its template',
    object: job({ manualSelector: true, selector: { matchLabels: { app: 'x' } } }),
    path: ['metadata'],
    field: 'labels',
    expected: { app: 'x' },
  },
  {
    title: 'a claim in a template of a Job has not',
    object: job({ template: withSpec({ restartPolicy: 'Never', volumes: [ephemeral] }) }),
    path: [
      'spec',
      'template',
      'spec',
      'volumes',
      0,
      'ephemeral',
      'volumeClaimTemplate',
      'metadata',
    ],
    field: 'labels',
    expected: undefined,
  },
  {
    title: 'a Deployment has not',
    object: workload('Deployment', {}),
    path: ['metadata'],
    field: 'labels',
    expected: undefined,
  },
]

function rolling(
  kind: string,
  field: string,
  strategy: JsonObject,
  expected: Json | undefined,
): DependentCase {
  return {
    title: `${kind} with ${field} ${JSON.stringify(strategy)}`,
    object: workload(kind, { [field]: strategy }),
    path: ['spec', field],
    field: 'rollingUpdate',
    expected,
  }
}

function inJob(
  title: string,
  spec: JsonObject,
  field: string,
  expected: Json | undefined,
): DependentCase {
  return { title: `a Job: ${title}`, object: job(spec), path: ['spec'], field, expected }
}

function controller(): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name: 'case' },
    spec: { template },
  }
}
