import { timeText } from '../audit/reconcile/time-text.ts'
import { grounds, type Ground } from './decided.ts'
import type { Period } from './period.ts'

const hour = 3_600_000
const day = 24 * hour
const widths = [hour, 3 * hour, 6 * hour, 12 * hour, day, 7 * day, 28 * day, 91 * day, 365 * day]
const mostSlots = 48
/** What a slot counts: admitted decisions by ground, and denials. */
export const lanes = [...grounds, 'denied'] as const
export type Lane = Ground | 'denied'

export interface Slot {
  /** RFC 3339; it ends where the next one begins, the last one with the period. */
  readonly from: string
  readonly counts: Readonly<Record<Lane, number>>
}

export interface Timeline {
  add(ms: number, lane: Lane): void
  slots(): readonly Slot[]
}

/** Stretches of one length from the beginning of the period on; at most 48, unless it is endless. */
export function timelineOf(period: Period): Timeline {
  const width = slotWidth(period)
  const count = Math.max(1, Math.ceil((period.to - period.from) / width))
  const slots = Array.from({ length: count }, emptySlot)
  return {
    add: (ms, lane) => {
      const slot = slots[Math.floor((ms - period.from) / width)]
      if (slot !== undefined) slot[lane] += 1
    },
    slots: () => slots.map((counts, i) => ({ from: timeText(period.from + i * width), counts })),
  }
}

/** In ms. */
export function slotWidth({ from, to }: Period): number {
  return widths.find((width) => (to - from) / width <= mostSlots) ?? 365 * day
}

function emptySlot(): Record<Lane, number> {
  return Object.fromEntries(lanes.map((lane) => [lane, 0])) as Record<Lane, number>
}
