import { setTimeout as sleep } from 'node:timers/promises'
import { at, stringAt, type JsonObject } from '../src/core/manifest/json.ts'
import { startArgo } from '../test/engines/argo-cluster.ts'
import { application } from '../test/engines/argo-manifests.ts'
import { startFlux } from '../test/engines/flux-cluster.ts'
import { documents, kustomization, namespace } from '../test/engines/flux-manifests.ts'
import { pathOf } from '../test/engines/flux-paths.ts'
import { removeWebhook } from '../test/engines/without-webhook.ts'
import type { Bar } from './bars.ts'
import { median } from './measure.ts'

// How long it takes from a commit until an engine says that it has applied it, with our webhook and
// without it: the same engine on the same cluster, in turns of a few commits each.

export interface EngineTimes {
  readonly engine: string
  /** Milliseconds from each commit until it was applied. */
  readonly guarded: readonly number[]
  readonly alone: readonly number[]
}

export interface EnginePace {
  readonly turns: number
  readonly commitsPerTurn: number
}

const objects = 10
const lookEveryMs = 20
/** Commits come further apart than a mirror may ask for them. */
const betweenMs = 1500

type Cluster = Pick<
  Awaited<ReturnType<typeof startFlux>>,
  'as' | 'until' | 'end' | 'fleet' | 'cluster'
>

interface Engine {
  readonly name: string
  readonly cluster: Cluster
  /** As the webhook of a Git host does: nobody waits for an interval. */
  readonly notify: () => Promise<void>
  readonly isApplied: (commit: string) => Promise<boolean>
}

export async function measureEngines(
  pace: EnginePace,
  say: (what: string) => void,
): Promise<readonly EngineTimes[]> {
  return [await measure(flux, pace, say), await measure(argoCd, pace, say)]
}

async function measure(
  start: () => Promise<Engine>,
  { turns, commitsPerTurn }: EnginePace,
  say: (what: string) => void,
): Promise<EngineTimes> {
  const engine = await start()
  const guarded: number[] = []
  const alone: number[] = []
  try {
    let round = 0
    const times = async (count: number) => {
      const all: number[] = []
      for (let i = 0; i < count; i += 1) all.push(await land(engine, (round += 1)))
      return all
    }
    await times(commitsPerTurn)
    for (let turn = 0; turn < turns; turn += 1) {
      say(`${engine.name}: turn ${turn + 1} of ${turns}`)
      guarded.push(...(await times(commitsPerTurn)))
      const restore = await removeWebhook(engine.cluster)
      alone.push(...(await times(commitsPerTurn)))
      await restore()
    }
    return { engine: engine.name, guarded, alone }
  } finally {
    await engine.cluster.end()
  }
}

async function land({ cluster, notify, isApplied }: Engine, round: number): Promise<number> {
  await sleep(betweenMs)
  const commit = await cluster.fleet.commit(settings(round))
  const startedAt = performance.now()
  await notify()
  await cluster.until('it is applied', async () => {
    while (!(await isApplied(commit))) {
      if (performance.now() - startedAt > 60_000) return false
      await sleep(lookEveryMs)
    }
    return true
  })
  return performance.now() - startedAt
}

function settings(round: number): Readonly<Record<string, string>> {
  const all = Array.from({ length: objects }, (_, i): JsonObject => {
    const metadata = { name: `settings-${i}`, namespace: 'shop' }
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { round: String(round) } }
  })
  return { 'shop/settings.yaml': documents(...all) }
}

async function flux(): Promise<Engine> {
  const cluster = await startFlux({
    'clusters/prod/shop.yaml': documents(
      namespace('shop'),
      kustomization('shop', { path: './shop' }),
    ),
    ...settings(0),
  })
  const shop = pathOf({ kind: 'Kustomization', namespace: 'flux-system', name: 'shop' })
  return {
    name: 'flux',
    cluster,
    notify: () =>
      cluster.reconcile({ kind: 'GitRepository', namespace: 'flux-system', name: 'fleet' }),
    async isApplied(commit) {
      const { json } = await cluster.as('admin')({ method: 'GET', path: shop })
      const revision = stringAt(json as JsonObject, 'status', 'lastAppliedRevision') ?? ''
      return revision.endsWith(`:${commit}`)
    },
  }
}

async function argoCd(): Promise<Engine> {
  const cluster = await startArgo(
    {
      'apps/shop.yaml': documents(application('shop', { source: { path: 'shop' } })),
      ...settings(0),
    },
    { with: ['webhook', 'argo-cd'] },
  )
  const shop = { kind: 'Application', metadata: { namespace: 'argocd', name: 'shop' } }
  const path = pathOf({ kind: 'Application', namespace: 'argocd', name: 'shop' })
  return {
    name: 'argo-cd',
    cluster,
    notify: () => cluster.refresh(shop),
    async isApplied(commit) {
      const { json } = await cluster.as('admin')({ method: 'GET', path })
      const status = at(json as JsonObject, 'status') ?? null
      const isDone = stringAt(status, 'operationState', 'phase') === 'Succeeded'
      const revision = stringAt(status, 'operationState', 'syncResult', 'revision')
      return isDone && revision === commit
    },
  }
}

export function engineBars(results: readonly EngineTimes[]): readonly Bar[] {
  return results.map(({ engine, guarded, alone }) => ({
    name: `commit to applied, ${engine}`,
    value: median(guarded) / median(alone),
    most: 1.15,
    unit: 'x alone',
  }))
}

/** A table for people. */
export function engineRows(results: readonly EngineTimes[]): readonly (readonly string[])[] {
  return [
    ['commit to applied, ms', 'with', 'without'],
    ...results.map(({ engine, guarded, alone }) => [
      engine,
      median(guarded).toFixed(0),
      median(alone).toFixed(0),
    ]),
  ]
}
