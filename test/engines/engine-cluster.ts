import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import type { EngineName } from '../cluster/plan.ts'
import { processesOf } from '../cluster/process-table.ts'
import { eventually } from '../e2e/eventually.ts'
import { readRecords } from '../e2e/records.ts'
import { makeFleet, type Fleet } from '../e2e/fleet.ts'

/** A cluster under `enforce` in which an engine applies the folder `apps` of a repository. */
export interface EngineCluster {
  readonly cluster: Cluster
  readonly fleet: Fleet
  /** The data of a ConfigMap in `default`; undefined where there is none. */
  read(name: string): Promise<unknown>
  /** Waits until a ConfigMap says so. */
  says(name: string, greeting: string | undefined): Promise<void>
  /** Writes that were refused to a service account. */
  refusals(): readonly string[]
  /** Ends all of it; fails if anything is left. */
  end(): Promise<void>
}

export function greeting(name: string, text: string): string {
  const metadata = { namespace: 'default', name }
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { greeting: text } })
}

/** `bootstrap` is a file of fixtures/, applied before the engine starts: its objects are the roots. */
export async function startEngineCluster(
  group: EngineName,
  bootstrap: string,
): Promise<EngineCluster> {
  const fleet = await makeFleet({
    'apps/kept.yaml': greeting('kept', 'first'),
    'apps/passing.yaml': greeting('passing', 'first'),
  })
  const cluster = await startCluster({
    with: [group, 'webhook'],
    repositories: { fleet: fleet.directory },
    setup: [path.join(import.meta.dirname, 'fixtures', bootstrap)],
  })
  const read: EngineCluster['read'] = async (name) => {
    const args = ['get', 'configmap', name, '--ignore-not-found', '-o', 'jsonpath={.data.greeting}']
    const { code, stdout, stderr } = await cluster.kubectl('admin', args)
    assert.equal(code, 0, stderr)
    return stdout === '' ? undefined : stdout
  }
  return {
    cluster,
    fleet,
    read,
    says: (name, text) =>
      eventually(`${name} says ${text ?? 'nothing'}`, async () => (await read(name)) === text),
    refusals: () =>
      readRecords(cluster)
        .filter(({ decision, user }) => decision === 'deny' && user.startsWith('system:service'))
        .map(({ user, op, gvr, name, reason }) => `${user} ${op} ${gvr} ${name}: ${reason}`),
    async end() {
      await cluster.stop()
      fleet.remove()
      assert.equal(existsSync(cluster.dir), false)
      assert.deepEqual(await processesOf(cluster.dir), [])
    },
  }
}
