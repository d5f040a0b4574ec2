import type { PresetRow, Reach } from './preset.ts'

/** Rows that nearly every controller needs for the objects that it acts on. */
export function statusOf(
  resources: readonly string[],
  where: Reach = 'every-namespace',
): PresetRow {
  return {
    resources: resources.map((resource) => `${resource}/status`),
    operations: ['UPDATE'],
    fields: ['status'],
    where,
    reason: 'reports on what it does',
  }
}

/** `names`: its own finalizers; it touches no other. */
export function finalizersOf(
  resources: readonly string[],
  names: readonly string[],
  where: Reach = 'every-namespace',
): PresetRow {
  return {
    resources,
    operations: ['UPDATE'],
    fields: ['metadata.finalizers'],
    where,
    only: { kind: 'finalizers', names },
    reason: 'holds a deletion back until it has cleaned up',
  }
}
