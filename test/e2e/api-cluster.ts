import assert from 'node:assert/strict'
import { connect, type Api } from '../../src/kubernetes/api.ts'
import { startCluster, type Cluster, type ClusterOptions } from '../cluster/cluster.ts'

/** A cluster without a webhook, and our own client to it beside kubectl. */
export interface ApiCluster {
  readonly cluster: Cluster
  /** As admin. */
  readonly api: Api
  connectAs(user: string): Api
  apply(manifest: object): Promise<void>
  /** Standard output of what has to succeed. */
  kubectl(...args: readonly string[]): Promise<string>
  end(): Promise<void>
}

export async function startApiCluster(options: ClusterOptions = {}): Promise<ApiCluster> {
  const cluster = await startCluster(options)
  const connected: Api[] = []
  const connectAs = (user: string) => {
    const api = connect({ kind: 'kubeconfig', files: [cluster.kubeconfigs[user] ?? user] })
    connected.push(api)
    return api
  }
  const run = async (args: readonly string[], input = '') => {
    const { code, stdout, stderr } = await cluster.kubectl('admin', args, { input })
    assert.equal(code, 0, stderr)
    return stdout
  }
  return {
    cluster,
    api: connectAs('admin'),
    connectAs,
    async apply(manifest) {
      await run(['apply', '--server-side', '-f', '-'], JSON.stringify(manifest))
    },
    kubectl: (...args) => run(args),
    async end() {
      for (const api of connected) api.close()
      await cluster.stop()
    },
  }
}
