import type { Operation } from '../admission/request.ts'

/** A kind of emergency, as rows about an object that somebody names. */
export interface Preset {
  readonly name: string
  /** To be read after "to". */
  readonly summary: string
  /** What it is for, and all of it when no object is named; any resource without. */
  readonly targets?: readonly string[]
  /** An object has to be named: all of them would be too much. */
  readonly isForOne?: true
  readonly rows: readonly PresetRow[]
}

export interface PresetRow {
  /** `TARGET` is the resource of the named object; others are meant by name too, unless `anywhere`. */
  readonly resources: readonly string[]
  readonly operations: readonly Operation[]
  readonly fields?: readonly string[]
  /** Only for these targets. */
  readonly for?: readonly string[]
  /** About every object: in the namespace that was given, or else in all of them. */
  readonly anywhere?: true
}

const workloads = ['deployments.apps', 'statefulsets.apps', 'daemonsets.apps']

function images(spec: string): readonly string[] {
  return [`${spec}.containers[*].image`, `${spec}.initContainers[*].image`]
}

/** What people do in emergencies, and no more than kubectl needs for it. */
export const presets: readonly Preset[] = [
  {
    name: 'scale',
    summary: 'change the number of replicas',
    targets: ['deployments.apps', 'statefulsets.apps', 'replicasets.apps'],
    rows: [
      {
        resources: ['TARGET', 'TARGET/scale'],
        operations: ['UPDATE'],
        fields: ['spec.replicas'],
      },
    ],
  },
  {
    name: 'restart',
    summary: 'restart the Pods one after the other (kubectl rollout restart)',
    targets: workloads,
    rows: [
      {
        resources: ['TARGET'],
        operations: ['UPDATE'],
        fields: ['spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"]'],
      },
    ],
  },
  {
    name: 'rollback',
    summary: 'go back to an earlier revision (kubectl rollout undo)',
    targets: workloads,
    rows: [
      {
        resources: ['TARGET'],
        operations: ['UPDATE'],
        fields: ['spec.template', 'metadata.annotations'],
      },
    ],
  },
  {
    name: 'image',
    summary: 'run another image (kubectl set image)',
    targets: [...workloads, 'cronjobs.batch', 'pods'],
    rows: [
      {
        resources: ['TARGET'],
        operations: ['UPDATE'],
        fields: images('spec.template.spec'),
        for: workloads,
      },
      {
        resources: ['TARGET'],
        operations: ['UPDATE'],
        fields: images('spec.jobTemplate.spec.template.spec'),
        for: ['cronjobs.batch'],
      },
      {
        resources: ['TARGET'],
        operations: ['UPDATE'],
        fields: images('spec'),
        for: ['pods'],
      },
    ],
  },
  {
    name: 'delete-pod',
    summary: 'delete Pods, which their owners make anew',
    targets: ['pods'],
    rows: [{ resources: ['pods'], operations: ['DELETE'] }],
  },
  {
    name: 'drain',
    summary: 'empty a node (kubectl cordon and drain)',
    targets: ['nodes'],
    isForOne: true,
    rows: [
      { resources: ['nodes'], operations: ['UPDATE'], fields: ['spec.unschedulable'] },
      {
        resources: ['pods/eviction'],
        operations: ['CREATE'],
        fields: ['*'],
        anywhere: true,
      },
    ],
  },
  {
    name: 'exec',
    summary: 'run commands in Pods (kubectl exec)',
    targets: ['pods'],
    rows: [{ resources: ['pods/exec'], operations: ['CONNECT'] }],
  },
  {
    name: 'debug',
    summary: 'add a container to Pods and attach to it (kubectl debug)',
    targets: ['pods'],
    rows: [
      {
        resources: ['pods/ephemeralcontainers'],
        operations: ['UPDATE'],
        fields: ['spec.ephemeralContainers'],
      },
      { resources: ['pods/attach'], operations: ['CONNECT'] },
    ],
  },
  {
    name: 'edit',
    summary: 'change anything in one object, or only the fields given (kubectl edit)',
    isForOne: true,
    rows: [{ resources: ['TARGET'], operations: ['UPDATE'], fields: ['*'] }],
  },
  {
    name: 'job',
    summary: 'start a Job (kubectl create job, also from a CronJob)',
    targets: ['jobs.batch'],
    // kubectl makes the CronJob its owner.
    rows: [
      {
        resources: ['jobs.batch'],
        operations: ['CREATE'],
        fields: ['*', 'metadata.ownerReferences'],
      },
    ],
  },
  {
    name: 'suspend',
    summary: 'stop or resume CronJobs, Jobs and objects of Flux',
    targets: [
      'cronjobs.batch',
      'jobs.batch',
      'kustomizations.kustomize.toolkit.fluxcd.io',
      'helmreleases.helm.toolkit.fluxcd.io',
    ],
    rows: [{ resources: ['TARGET'], operations: ['UPDATE'], fields: ['spec.suspend'] }],
  },
]

export function presetNamed(name: string): Preset | undefined {
  return presets.find((preset) => preset.name === name)
}
