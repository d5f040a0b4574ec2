import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { TestContext } from 'node:test'
import type { RecordTarget, Shipment, Shipped } from '../../src/core/audit/shipment.ts'
import type { Journal } from '../../src/journal/options.ts'
import { openCursor } from '../../src/journal/ship-cursor.ts'
import { Shipper, type ShipperOptions } from '../../src/journal/shipper.ts'
import { recordDirectory } from '../../src/sinks/record-directory.ts'
import { quiet } from './reading.ts'

/** A target that keeps what it takes in a directory, and answers as told. */
export interface Taking {
  readonly target: RecordTarget
  /** All that was sent, taken or not. */
  readonly sent: Shipment[]
  readonly taken: Shipment[]
  readonly copy: string
  /** Undefined: it is taken. */
  answer: (shipment: Shipment) => Shipped | undefined
}

export function takingInto(directory: string): Taking {
  const copy = path.join(directory, 'copy')
  mkdirSync(copy, { recursive: true })
  const kept = recordDirectory('copy', copy)
  const taking: Taking = {
    sent: [],
    taken: [],
    copy,
    answer: () => undefined,
    target: {
      name: 'copy',
      async deliver(shipment, signal) {
        taking.sent.push(shipment)
        const other = taking.answer(shipment)
        if (other !== undefined) return other
        const outcome = await kept.deliver(shipment, signal)
        if (outcome.kind === 'delivered') taking.taken.push(shipment)
        return outcome
      },
    },
  }
  return taking
}

/** Of a process that looks at its files without a pause; ended after the test. */
export async function shipperOf(
  context: TestContext,
  directory: string,
  taking: Pick<Taking, 'target'>,
  options: Partial<ShipperOptions> & { readonly journal?: Journal } = {},
): Promise<Shipper> {
  const { journal, ...rest } = options
  const pod = rest.pod ?? 'pod-0'
  const { target } = taking
  const shipper = new Shipper({
    directory,
    pod,
    target,
    cursor: await openCursor({ directory, target: target.name, pod }),
    written: () => journal?.written(),
    now: Date.now,
    log: quiet,
    onFailure: () => {},
    onLost: () => {},
    every: 5,
    ...rest,
  })
  context.after(() => shipper.stop(100))
  return shipper
}

/** Until nothing more is to be sent. */
export async function shipAll(shipper: Shipper): Promise<void> {
  shipper.start()
  await shipper.stop(5_000)
}
