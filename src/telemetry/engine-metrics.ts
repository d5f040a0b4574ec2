import { Gauge, type Registry } from 'prom-client'

/** How well one kind of engine object is followed. */
interface EngineWatchFacts {
  /** `Application.argoproj.io` */
  readonly kind: string
  readonly objects: number
  /** Since the last sign of the API server; undefined before the first one. */
  readonly silentSeconds: number | undefined
  /** Since when changes may have been missed; 0 while none are. */
  readonly blindSeconds: number
}

export interface EngineMetrics {
  /** Asked at each scrape. */
  setEngineWatchSource(facts: () => readonly EngineWatchFacts[]): void
}

export function engineMetrics(registry: Registry): EngineMetrics {
  let source = (): readonly EngineWatchFacts[] => []
  const gauge = (
    name: string,
    help: string,
    valueOf: (facts: EngineWatchFacts) => number | undefined,
  ) =>
    new Gauge({
      name: `solewriter_engine_watch_${name}`,
      help,
      labelNames: ['kind'],
      registers: [registry],
      collect() {
        this.reset()
        for (const facts of source()) {
          const value = valueOf(facts)
          if (value !== undefined) this.set({ kind: facts.kind }, value)
        }
      },
    })
  gauge('objects', 'Engine objects known', ({ objects }) => objects)
  gauge('silent_seconds', 'Since the API server was last heard', (facts) => facts.silentSeconds)
  gauge('blind_seconds', 'Since when changes may be missed; 0: none are', (facts) => {
    return facts.blindSeconds
  })
  return {
    setEngineWatchSource: (facts) => {
      source = facts
    },
  }
}
