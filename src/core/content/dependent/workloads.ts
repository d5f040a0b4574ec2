import { at, type Json, type JsonObject } from '../../manifest/json.ts'
import { apps, core, isGiven, type DependentDefault } from './rule.ts'

const largestInt32 = 2_147_483_647
const jobSpec = 'io.k8s.api.batch.v1.JobSpec'

export const workloadRules: readonly DependentDefault[] = [
  {
    type: `${apps}DeploymentStrategy`,
    field: 'rollingUpdate',
    name: 'only for RollingUpdate',
    value: whenRolling({ maxUnavailable: '25%', maxSurge: '25%' }),
  },
  {
    type: `${apps}DaemonSetUpdateStrategy`,
    field: 'rollingUpdate',
    name: 'only for RollingUpdate',
    value: whenRolling({ maxUnavailable: 1, maxSurge: 0 }),
  },
  {
    type: `${apps}StatefulSetUpdateStrategy`,
    field: 'rollingUpdate',
    name: 'only where no type is given',
    value: ({ type }) => (isGiven(type) ? undefined : { partition: 0 }),
  },
  {
    type: jobSpec,
    field: 'completions',
    name: 'one, unless parallelism is given',
    value: inJob(({ parallelism }) => (isAbsent(parallelism) ? 1 : undefined)),
  },
  {
    type: jobSpec,
    field: 'backoffLimit',
    name: 'no limit, where each index has its own',
    value: inJob(({ backoffLimitPerIndex }) => (isAbsent(backoffLimitPerIndex) ? 6 : largestInt32)),
  },
  {
    type: jobSpec,
    field: 'podReplacementPolicy',
    name: 'only of what failed, with a failure policy',
    value: inJob(({ podFailurePolicy }) => {
      return isAbsent(podFailurePolicy) ? 'TerminatingOrFailed' : 'Failed'
    }),
  },
  {
    type: `${core}ReplicationControllerSpec`,
    field: 'selector',
    name: 'the labels of the template',
    value: ({ template }) => at(template, 'metadata', 'labels'),
  },
  {
    type: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta',
    field: 'labels',
    name: 'those of the template of a Job or ReplicationController',
    value: (metadata, root) => {
      const isOwn = metadata === root['metadata'] && isLabeledByTemplate(root)
      return isOwn ? at(root, 'spec', 'template', 'metadata', 'labels') : undefined
    },
  },
]

function whenRolling(standard: JsonObject): DependentDefault['value'] {
  return ({ type }) => (!isGiven(type) || type === 'RollingUpdate' ? standard : undefined)
}

/** In the template of a CronJob the API server fills in nothing of this. */
function inJob(standard: (spec: JsonObject) => Json | undefined): DependentDefault['value'] {
  return (spec, { kind }) => (kind === 'Job' ? standard(spec) : undefined)
}

function isLabeledByTemplate({ apiVersion, kind }: JsonObject): boolean {
  return apiVersion === 'batch/v1' ? kind === 'Job' : kind === 'ReplicationController'
}

function isAbsent(value: Json | undefined): boolean {
  return value === undefined || value === null
}
