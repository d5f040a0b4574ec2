import { bodyNames, type BodyName } from './bodies.ts'
import type { BodyResult, Pair } from './measure.ts'

/** What must hold, and whether it does. */
export interface Bar {
  readonly name: string
  readonly value: number
  readonly most: number
  readonly unit: string
}

const cpuBars: Readonly<Record<BodyName, number>> = {
  '2 KB': 2.5,
  '20 KB': 2,
  '1 MB': 2,
  'declared 2 KB': 2.5,
  'declared 20 KB': 2.2,
  'declared 1 MB': 2.2,
}
const mostMib = 300
/** What a webhook of ours may add to a write, compared with one that does nothing. */
const mostAdded = 1.25

export interface Results {
  readonly bodies: readonly BodyResult[]
  readonly beside: Pair
  readonly peakMib: number
  /** Milliseconds; absent when the local control plane was left out. */
  readonly writes?: WriteLatencies
}

export interface WriteLatencies {
  readonly none: number
  readonly noop: number
  readonly ours: number
}

export function barsOf(results: Results): readonly Bar[] {
  return [
    ...results.bodies.map(({ body, full }) => ({
      name: `CPU per review, ${body}`,
      value: full.cpuRatio,
      most: cpuBars[body],
      unit: 'x bare',
    })),
    ...results.bodies.map(({ body, half }) => ({
      name: `p99 at half load, ${body}`,
      value: half.ours.p99 / half.bare.p99,
      most: 3,
      unit: 'x bare',
    })),
    {
      name: 'p50 of 2 KB beside 1 MB',
      value: results.beside.ours.p50 / results.beside.bare.p50,
      most: 2,
      unit: 'x bare',
    },
    { name: 'peak memory', value: results.peakMib, most: mostMib, unit: 'MiB' },
    sizeBar('refusal', results.bodies.slice(0, bodyNames.length)),
    sizeBar('allow', results.bodies.slice(bodyNames.length)),
    ...writeBars(results.writes),
  ]
}

export function isMet(bar: Bar): boolean {
  return bar.value <= bar.most
}

/** The name of the resource is in it, so a few bytes differ; the size of the object must not show. */
function sizeBar(answer: string, bodies: readonly BodyResult[]): Bar {
  const sizes = bodies.flatMap((body) => [...body.answer])
  const value = Math.max(...sizes) - Math.min(...sizes)
  return { name: `largest ${answer} less smallest`, value, most: 64, unit: 'bytes' }
}

function writeBars(writes: WriteLatencies | undefined): readonly Bar[] {
  if (writes === undefined) return []
  const value = (writes.ours - writes.none) / (writes.noop - writes.none)
  return [{ name: 'added to a write', value, most: mostAdded, unit: 'x no-op' }]
}
