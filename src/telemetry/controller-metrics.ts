import { Gauge, Registry } from 'prom-client'

/** What only the controller knows; labels are words from closed lists. */
export interface ControllerMetrics {
  setLeading(isLeading: boolean): void
  /** Since an operator switched us off and until they switch us on again. */
  setEmergency(isInForce: boolean): void
  /** All of those that there could be, and how often each was found. */
  setConfigurationFaults(faults: ReadonlyMap<string, number>): void
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
    exposition: () => registry?.metrics() ?? Promise.resolve(''),
  }
}
