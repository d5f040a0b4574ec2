import type { BreakGlassRule } from '../policy/schema.ts'
import { grantTerms } from './grant-terms.ts'
import { presets, type Preset, type PresetRow } from './presets.ts'
import type { GrantScope } from './scope.ts'

/** What people under a rule can do at most. Durations are ms. */
export interface Offer {
  readonly session: number
  readonly maxUses: number
  /** Names of the presets that are of use somewhere, as far as maxScope goes. */
  readonly presets: readonly string[]
}

export function offerOf(rule: BreakGlassRule): Offer {
  const { session, maxUses } = grantTerms({ scope: [], keyLimits: {} }, rule)
  const fitting = presets.filter((preset) =>
    preset.rows.every((row) => isLeft(scopeOf(row, preset), rule)),
  )
  return { session, maxUses, presets: fitting.map(({ name }) => name) }
}

function isLeft(scope: GrantScope, rule: BreakGlassRule): boolean {
  return grantTerms({ scope, keyLimits: {} }, rule).scope.length > 0
}

/** The row about everything that the preset is for, everywhere. */
function scopeOf(row: PresetRow, { targets = ['*'] }: Preset): GrantScope {
  const { operations, fields } = row
  const resources = row.resources.flatMap((one) =>
    one.startsWith('TARGET') ? targets.map((target) => one.replace('TARGET', target)) : one,
  )
  return [['*'], []].map((namespaces) => ({
    resources,
    operations,
    namespaces,
    ...(fields !== undefined && { fields }),
  }))
}
