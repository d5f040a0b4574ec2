import { Counter, type Registry } from 'prom-client'

export interface BreakGlassMetrics {
  /** A write of automation was decided without knowing which uses it may not undo. */
  holdsUnknown(): void
}

export function breakGlassMetrics(registry: Registry): BreakGlassMetrics {
  const unknown = new Counter({
    name: 'solewriter_holds_unknown_total',
    help: 'Writes decided before it was known which break-glass uses they may not undo',
    registers: [registry],
  })
  return {
    holdsUnknown: () => {
      unknown.inc()
    },
  }
}
