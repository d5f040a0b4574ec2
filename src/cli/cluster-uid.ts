import { connect } from '../kubernetes/api.ts'
import { clusterUid } from '../kubernetes/cluster.ts'
import { operatorSource } from './cluster-source.ts'
import type { Env } from './env.ts'

/** What tokens name the cluster by. */
export async function readClusterUid(kubeconfig: string | undefined, env: Env): Promise<string> {
  const api = connect(operatorSource(kubeconfig === undefined ? {} : { kubeconfig }, env))
  try {
    return await clusterUid(api, env.signal)
  } finally {
    api.close()
  }
}
