import type { PresetOrigin } from './entries.ts'
import { presetNamed } from './presets/presets.ts'
import type { DerivedEntry, Exception, Policy, Writer } from './schema.ts'

/** What one entry of a policy got from its preset. */
export interface PresetUse extends PresetOrigin {
  /** Which install the preset is made for. */
  readonly install: string
  readonly writers: readonly Writer[]
  readonly exceptions: readonly Exception[]
  readonly derived: readonly DerivedEntry[]
}

/** In the order of the policy, those of writers first. */
export function presetUses({ spec }: Policy): readonly PresetUse[] {
  const origins = new Map<string, PresetOrigin>()
  for (const { from } of [...spec.writers, ...spec.exceptions]) {
    if (from !== undefined) origins.set(keyOf(from), from)
  }
  return [...origins].map(([key, from]) => {
    const isIts = (one: { readonly from?: PresetOrigin }) =>
      one.from !== undefined && keyOf(one.from) === key
    return {
      ...from,
      install: presetNamed(from.preset)?.install ?? '',
      writers: from.list === 'writers' ? spec.writers.filter(isIts) : [],
      exceptions: spec.exceptions.filter(isIts),
      derived: spec.derived.filter(isIts),
    }
  })
}

function keyOf({ list, entry }: PresetOrigin): string {
  return `${list} ${entry}`
}
