import type { PowerName } from './powers.ts'

/**
 * What Kubernetes gives to its own components, by the name that role and binding share: as the API
 * server of 1.36 makes them. A test with a real one holds it equal.
 */
export const builtInPowers: ReadonlyMap<string, readonly PowerName[]> = new Map<
  string,
  readonly PowerName[]
>([
  ['system:controller:bootstrap-signer', ['secrets']],
  ['system:controller:certificate-controller', ['certificates']],
  ['system:controller:clusterrole-aggregation-controller', ['escalate']],
  ['system:controller:cronjob-controller', ['own-namespace', 'pods']],
  ['system:controller:daemon-set-controller', ['own-namespace', 'pods']],
  ['system:controller:deployment-controller', ['own-namespace', 'pods']],
  ['system:controller:device-taint-eviction-controller', ['own-namespace']],
  ['system:controller:endpoint-controller', ['own-namespace']],
  ['system:controller:endpointslice-controller', ['own-namespace']],
  ['system:controller:endpointslicemirroring-controller', ['own-namespace']],
  [
    'system:controller:generic-garbage-collector',
    ['admission', 'certificates', 'nodes-proxy', 'own-namespace', 'own-records', 'pods', 'secrets'],
  ],
  ['system:controller:job-controller', ['own-namespace', 'pods']],
  ['system:controller:legacy-service-account-token-cleaner', ['own-namespace']],
  [
    'system:controller:namespace-controller',
    ['admission', 'nodes-proxy', 'own-namespace', 'own-records', 'pods', 'secrets'],
  ],
  ['system:controller:node-controller', ['own-namespace']],
  ['system:controller:persistent-volume-binder', ['own-namespace', 'pods']],
  ['system:controller:pod-garbage-collector', ['own-namespace']],
  ['system:controller:replicaset-controller', ['own-namespace', 'pods']],
  ['system:controller:replication-controller', ['own-namespace', 'pods']],
  ['system:controller:resourcequota-controller', ['secrets']],
  ['system:controller:root-ca-cert-publisher', ['own-namespace']],
  ['system:controller:service-account-controller', ['own-namespace']],
  ['system:controller:statefulset-controller', ['own-namespace', 'pods']],
  ['system:controller:token-cleaner', ['secrets']],
  ['system:kube-controller-manager', ['own-namespace', 'secrets', 'tokens']],
  ['system:kube-scheduler', ['own-namespace']],
])
