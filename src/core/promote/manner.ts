import type { Located, LocatedEntry } from './located.ts'
import { columnOf } from './text-lines.ts'
import type { Manner } from './written-values.ts'

/** As the document does it, by the first place that shows it. */
export function mannerOf(root: Located, text: string, isJson: boolean): Manner {
  const entries = [...entriesIn(root)]
  const by = (kind: Located['kind']) => {
    const shown = entries.find(({ value }) => value.kind === kind && !isFlow(value))
    return shown && columnOf(text, shown.value.start) - columnOf(text, shown.start)
  }
  const first = root.kind === 'map' ? root.entries[0] : undefined
  const jsonStep = first === undefined ? 0 : columnOf(text, first.start)
  const step = isJson ? jsonStep : by('map')
  return {
    isJson,
    step: step === undefined || step <= 0 || step > 8 ? 2 : step,
    indentsLists: (by('list') ?? 0) > 0,
  }
}

function* entriesIn(node: Located): Generator<LocatedEntry> {
  if (node.kind === 'scalar') return
  if (node.kind === 'list') {
    for (const item of node.items) yield* entriesIn(item)
    return
  }
  for (const entry of node.entries) {
    yield entry
    yield* entriesIn(entry.value)
  }
}

function isFlow(node: Located): boolean {
  return node.kind !== 'scalar' && node.isFlow
}
