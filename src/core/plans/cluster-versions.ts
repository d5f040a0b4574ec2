/** What charts can ask of the cluster that they are for. */
export interface ClusterVersions {
  /** Of the API server: `v1.36.3`. */
  readonly kubeVersion: string
  /** What it serves: `apps/v1` and `apps/v1/Deployment`. */
  readonly apiVersions: ReadonlySet<string>
}

/** Undefined while nobody knows. */
export type ReadClusterVersions = () => Promise<ClusterVersions | undefined>
