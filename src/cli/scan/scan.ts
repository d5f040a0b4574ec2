import { momentText } from '../../core/breakglass/moment.ts'
import type { Circumstances } from '../../core/decision/case.ts'
import { remembering } from '../../core/scan/remembering.ts'
import type { Finding, ScanSummary, ScanTrigger, Unknown } from '../../core/scan/result.ts'
import type { Listings, Scene } from '../../core/scan/scene.ts'
import { tally } from '../../core/scan/tally.ts'
import type { Api } from '../../kubernetes/api.ts'
import { readDeclared } from './declared-now.ts'
import { formerCommits, heldStill } from './heads.ts'
import type { Run } from './run.ts'
import { scanKinds } from './scan-kinds.ts'
import { scanUnseen } from './scan-unseen.ts'

export interface ScanOptions {
  readonly api: Api
  readonly circumstances: Circumstances
  readonly listings: Listings
  readonly trigger: ScanTrigger
  /** Why not all is known that engines declare. */
  readonly unknown?: readonly string[]
  /** Only these; empty for all of the cluster. */
  readonly namespaces: readonly string[]
  /** Secrets whole: else only their metadata are asked for. */
  readonly readsSecrets: boolean
  /** What was found, one after the other; nothing more is read until it is taken. */
  readonly onFinding: (finding: Finding) => Promise<void>
  readonly onProgress?: (text: string) => void
}

export interface Scanned {
  readonly summary: ScanSummary
  readonly unknown: readonly Unknown[]
  /** All was looked at that our account may see: what was not found is not there. */
  readonly isWhole: boolean
}

/** Compares a cluster with what Git declares, object by object. Rejects with ClusterUnreachable. */
export async function scan(options: ScanOptions): Promise<Scanned> {
  const { listings, trigger, unknown = [], onProgress = () => undefined } = options
  const { now, clusterUid, policyHash, policy } = options.circumstances
  const startedAt = momentText(now())
  const still = { ...options.circumstances, ...heldStill(options.circumstances) }
  const counted = tally()
  for (const why of unknown) counted.addUnknown({ what: 'engines', why, objects: 0 })
  onProgress('reading what is declared')
  const declared = await readDeclared(listings, still, counted)
  const scene: Scene = {
    ...still,
    cluster: remembering(still.cluster),
    created: declared.created,
    owners: new Map(),
    former: formerCommits(still.repositories, declared.count),
  }
  const run: Run = { options, scene, counted, declared, onProgress, namespaces: new Set() }
  const kinds = await scanKinds(run)
  await scanUnseen(kinds, run)
  tellAbsent(run)
  const all = counted.unknown()
  return {
    summary: {
      type: 'summary',
      trigger,
      cluster: clusterUid,
      policy: policyHash,
      startedAt,
      endedAt: momentText(now()),
      heads: policy.spec.repositories.flatMap(({ name: repository }) =>
        (still.repositories.get(repository)?.tips() ?? []).map((tip) => ({ repository, ...tip })),
      ),
      kinds: kinds.listed,
      ...counted.counts(),
      notSeen: [...kinds.foreign],
      omitted: 0,
    },
    unknown: all,
    isWhole: all.every(({ lacksRight }) => lacksRight === true),
  }
}

/** A name that was misspelt would be clean. */
function tellAbsent({ options, namespaces, counted }: Run): void {
  for (const name of options.namespaces) {
    const what = `namespace ${name}`
    const why = 'the cluster shows none of that name'
    if (!namespaces.has(name)) counted.addUnknown({ what, why, objects: 0 })
  }
}
