import { hkdfSync } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../../core/exceptions/cluster.ts'
import { ownIdentityIn, type OwnIdentity } from '../../core/decision/own-identity.ts'
import type { Api } from '../../kubernetes/api.ts'
import { clusterUid, createCluster, minorVersion, whoAmI } from '../../kubernetes/cluster.ts'
import type { Log } from '../../telemetry/log.ts'

/** The cluster that asks us, and who we are in it. */
export interface Surroundings {
  readonly cluster: Cluster
  readonly clusterUid: string
  readonly own: OwnIdentity
}

interface Seen extends Surroundings {
  /** Version of the API server, such as `1.36`. */
  readonly minor: string
}

const firstPause = 500
const longestPause = 10_000

/** Tries until the API server answers: it may be waiting for us, or start after us. */
export async function lookAround(
  api: Api,
  namespace: string,
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<Seen> {
  for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
    try {
      const [uid, self, minor] = await Promise.all([
        clusterUid(api, signal),
        whoAmI(api, signal),
        minorVersion(api, signal),
      ])
      const own = ownIdentityIn(namespace)
      if (!own.accounts.has(self)) log.warn('account_not_ours', { account: self, namespace })
      return {
        cluster: createCluster(api),
        clusterUid: uid,
        own,
        minor,
      }
    } catch (error) {
      signal.throwIfAborted()
      log.warn('cluster_not_reached', { err: error as Error })
      await sleep(pause, undefined, { signal })
    }
  }
}

/**
 * What hides guessable values in digests. All replicas serve with one key, so they agree about the
 * fingerprint of a request; nobody else has it.
 */
export function digestKeyOf(keyPem: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', keyPem, '', 'solewriter digests', 32))
}
