import { momentOf } from '../../breakglass/moment.ts'
import { at, stringAt, type Json } from '../../manifest/json.ts'

/** A stretch of time of which a chain tells nothing, or not all. */
export interface ChainHole {
  readonly writer: string
  readonly records: number
  /** Undefined when nothing of the chain is from before. */
  readonly from: number | undefined
  readonly to: number
}

export interface Sequences {
  add(line: Json): void
  holes(): readonly ChainHole[]
}

interface Reached {
  readonly seq: number
  readonly time: number | undefined
}

const unread: Reached = { seq: 0, time: undefined }
const mostHoles = 10_000

/** Gaps in the numbers alone: whether every byte is as it was written is what `audit verify` tells. */
export function sequencesOf(): Sequences {
  const chains = new Map<string, Reached>()
  const holes: ChainHole[] = []
  return {
    add: (line) => {
      const [writer, seq] = [stringAt(line, 'writer'), at(line, 'seq')]
      if (writer === undefined || typeof seq !== 'number') return
      const last = chains.get(writer) ?? unread
      if (seq <= last.seq) return
      const time = momentOf(stringAt(line, 'time')) ?? last.time
      chains.set(writer, { seq, time })
      const hole = { writer, records: seq - last.seq - 1 + unwritten(line), from: last.time }
      const isOne = hole.records > 0 && time !== undefined
      if (isOne && holes.length < mostHoles) holes.push({ ...hole, to: time })
    },
    holes: () => holes,
  }
}

/** How many decisions before this one its process could not write down. */
function unwritten(line: Json): number {
  const count = at(line, 'unrecorded')
  return typeof count === 'number' && count > 0 ? count : 0
}
