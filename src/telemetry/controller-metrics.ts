import { Gauge, Registry } from 'prom-client'

/** What a sink still has to be told. */
export interface Waiting {
  readonly pending: number
  readonly oldestSeconds: number
}

/** What only the controller knows; labels are words from closed lists. */
export interface ControllerMetrics {
  setLeading(isLeading: boolean): void
  /** Since an operator switched us off and until they switch us on again. */
  setEmergency(isInForce: boolean): void
  /** All of those that there could be, and how often each was found. */
  setConfigurationFaults(faults: ReadonlyMap<string, number>): void
  /** By sink; one that is left out is no more. */
  setOutbox(bySink: ReadonlyMap<string, Waiting>): void
  exposition(): Promise<string>
}

export function createControllerMetrics(): ControllerMetrics {
  const registers = [new Registry()]
  const [registry] = registers
  const leading = new Gauge({
    name: 'solewriter_controller_leading',
    help: 'Whether this is the active controller',
    registers,
  })
  const emergency = new Gauge({
    name: 'solewriter_emergency',
    help: 'Whether the marker of an emergency is there',
    registers,
  })
  const faults = new Gauge({
    name: 'solewriter_webhook_configuration_faults',
    help: 'What is wrong with our live webhook configuration',
    labelNames: ['fault'],
    registers,
  })
  const outboxPending = new Gauge({
    name: 'solewriter_outbox_pending',
    help: 'Events that a sink has not been told yet',
    labelNames: ['sink'],
    registers,
  })
  const outboxOldest = new Gauge({
    name: 'solewriter_outbox_oldest_seconds',
    help: 'How long ago the oldest of these events happened',
    labelNames: ['sink'],
    registers,
  })
  return {
    setLeading: (isLeading) => {
      leading.set(isLeading ? 1 : 0)
    },
    setEmergency: (isInForce) => {
      emergency.set(isInForce ? 1 : 0)
    },
    setConfigurationFaults: (found) => {
      for (const [fault, count] of found) faults.set({ fault }, count)
    },
    setOutbox: (bySink) => {
      outboxPending.reset()
      outboxOldest.reset()
      for (const [sink, { pending, oldestSeconds }] of bySink) {
        outboxPending.set({ sink }, pending)
        outboxOldest.set({ sink }, oldestSeconds)
      }
    },
    exposition: () => registry?.metrics() ?? Promise.resolve(''),
  }
}
