import type { PolicySource } from '../../config/policy-file.ts'
import type { Policy } from '../../core/policy/schema.ts'
import type { Api } from '../../kubernetes/api.ts'
import type { WatchedKind, WatchState } from '../../kubernetes/watch-state.ts'
import { createEngineWatch, type EngineWatch } from '../../kubernetes/watch.ts'
import type { Check } from '../../server/health.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'

export interface EnginesOptions {
  readonly api: Api
  readonly policy: PolicySource
  readonly metrics: Metrics
  readonly now: () => number
  readonly log: Log
}

/** The engine objects that the policy in force needs to be known. */
export interface Engines {
  readonly objects: EngineWatch
  /** For readiness: a watch that is behind shows, and takes nothing down. */
  checks(): readonly Check[]
  /** Resolves when no connection of it is open any more. */
  stop(): Promise<void>
}

/** What the plans and commits of an engine are read from. */
export const engineKinds = {
  flux: [
    { group: 'kustomize.toolkit.fluxcd.io', kind: 'Kustomization' },
    { group: 'helm.toolkit.fluxcd.io', kind: 'HelmRelease' },
    { group: 'source.toolkit.fluxcd.io', kind: 'GitRepository' },
    { group: 'source.toolkit.fluxcd.io', kind: 'OCIRepository' },
    { group: 'source.toolkit.fluxcd.io', kind: 'HelmChart' },
  ],
  'argo-cd': [
    { group: 'argoproj.io', kind: 'Application' },
    { group: 'argoproj.io', kind: 'AppProject' },
    { group: 'argoproj.io', kind: 'ApplicationSet' },
  ],
} as const satisfies Readonly<Record<string, readonly WatchedKind[]>>

/** Watches what the writers of the policy are verified by, now and whenever the policy changes. */
export function openEngines({ api, policy, metrics, now, log }: EnginesOptions): Engines {
  const objects = createEngineWatch({ api, now, log })
  // One after the other: two changes in a row must not end what the second one wants.
  let turn = Promise.resolve()
  const follow = () => {
    const kinds = kindsOf(policy.current().policy)
    turn = turn.then(() => objects.follow(kinds))
  }
  follow()
  const unsubscribe = policy.onChange((change) => {
    if (change.kind === 'loaded') follow()
  })
  metrics.setEngineWatchSource(() => objects.states().map((state) => toFacts(state, now())))
  return {
    objects,
    checks: () => objects.states().map((state) => toCheck(state, now())),
    stop: async () => {
      unsubscribe()
      await turn
      await objects.stop()
    },
  }
}

/** None where no writer is verified by an engine: then nothing is asked of the API server. */
export function kindsOf({ spec: { writers } }: Policy): readonly WatchedKind[] {
  const isUsed = (engine: keyof typeof engineKinds) =>
    writers.some(({ evidence }) => evidence.includes(engine))
  return [
    ...(isUsed('flux') ? engineKinds.flux : []),
    ...(isUsed('argo-cd') ? engineKinds['argo-cd'] : []),
  ]
}

function toFacts({ name, objects, heardAt, blindSince }: WatchState, now: number) {
  return {
    kind: name,
    objects,
    silentSeconds: heardAt === undefined ? undefined : seconds(heardAt, now),
    blindSeconds: blindSince === undefined ? 0 : seconds(blindSince, now),
  }
}

function toCheck(state: WatchState, now: number): Check {
  const { name, isServed, isSynced, objects, blindSince, problem } = state
  const is = (ok: boolean, detail: string) => ({ name: `watch ${name}`, ok, detail })
  if (isServed === false) return is(true, 'is not served')
  const since = blindSince === undefined ? '' : `, blind for ${seconds(blindSince, now)} s`
  const why = problem === undefined ? '' : `: ${problem}`
  if (!isSynced) return is(false, `was never listed${since}${why}`)
  return is(blindSince === undefined, `${objects} objects${since}${why}`)
}

/** A clock that was set back says nothing. */
function seconds(from: number, to: number): number {
  return Math.max(0, Math.round((to - from) / 1000))
}
