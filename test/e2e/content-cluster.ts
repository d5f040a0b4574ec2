import assert from 'node:assert/strict'
import path from 'node:path'
import type { JsonObject } from '../../src/core/manifest/json.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { head } from './bad-claims.ts'
import { makeFleet, type Fleet } from './fleet.ts'
import {
  claimedAs,
  isHarmless,
  kindFiles,
  readSpecimens,
  servedKinds,
  type ServedKind,
  type Specimen,
} from './kind-manifests.ts'
import { requesterOf, type Requester } from './requester.ts'

const fixtures = path.join(import.meta.dirname, 'fixtures')

/** A cluster under enforce whose writer `ci` is held to the content of a repository of all kinds. */
export interface ContentCluster {
  readonly cluster: Cluster
  readonly fleet: Fleet
  readonly kinds: ReadonlyMap<string, ServedKind>
  readonly specimens: readonly Specimen[]
  readonly ci: Requester
  /** A writer of which nothing but a commit is asked: what it is answered is what the API server does. */
  readonly loose: Requester
  /** As a writer sends it, from the head of the branch. */
  claim(object: JsonObject): Promise<JsonObject>
  end(): Promise<void>
}

/** `more` are files beside those of the kinds. */
export async function startContentCluster(
  more: Readonly<Record<string, string>> = {},
): Promise<ContentCluster> {
  const files = kindFiles()
  const fleet = await makeFleet({ ...files, ...more })
  const cluster = await startCluster({
    with: ['webhook'],
    setup: [path.join(fixtures, 'content.yaml')],
    policy: path.join(fixtures, 'content-policy.yaml'),
    repositories: { fleet: fleet.directory },
  })
  const account = { kind: 'service-account', namespace: 'ci', name: 'loose' } as const
  const loose = requesterOf(await cluster.kubeconfig({ ...account, isPodBound: false }))
  const ci = requesterOf(cluster.kubeconfigs['ci'] ?? '')
  const kinds = await servedKinds(ci)
  return {
    cluster,
    fleet,
    kinds,
    specimens: readSpecimens(files, kinds),
    ci,
    loose,
    claim: async (object) => claimedAs(object, { commit: await head(fleet) }),
    async end() {
      ci.close()
      loose.close()
      await cluster.stop()
      fleet.remove()
    },
  }
}

/** The one of that kind and name. */
export function specimen({ specimens }: ContentCluster, title: string): Specimen {
  const found = specimens.find((one) => one.title === title)
  assert.ok(found, title)
  return found
}

/** kubectl apply, of all manifests at once; answers what it says of each. */
export async function applyKinds(
  content: ContentCluster,
  ...flags: readonly string[]
): Promise<readonly string[]> {
  const harmless = content.specimens.filter(isHarmless)
  const items = await Promise.all(harmless.map(({ object }) => content.claim(object)))
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  const args = ['apply', ...flags, '-f', '-']
  const { code, stdout, stderr } = await content.cluster.kubectl('ci', args, { input })
  assert.equal(code, 0, stderr)
  return stdout.trim().split('\n')
}
