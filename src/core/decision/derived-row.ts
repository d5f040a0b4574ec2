import { coversPath } from '../exceptions/coverage.ts'
import { derivedRowsFor } from '../policy/derived.ts'
import { atAnyHead } from '../provenance/at-any-head.ts'
import { isGoverned } from '../provenance/governed.ts'
import type { Case } from './case.ts'
import { allow, type Row } from './row.ts'

/**
 * What an operator makes of an object that Git declares, while that object is as Git declares it. What
 * Git declares itself is nobody's to derive.
 */
export const derived: Row = async (one: Case) => {
  const { policy, request, changes, ground } = one
  const rows = policy.spec.derived.length === 0 ? [] : derivedRowsFor(policy, request)
  const covering = rows.filter(({ fields }) =>
    changes.all().every((path) => coversPath({ fields }, path)),
  )
  if (covering.length === 0 || (await isDeclared(one))) return undefined
  for (const { name, parent } of covering) {
    if (await isGoverned(parent, { ground, freshness: 'live' })) return allow('Exception', name)
  }
  return undefined
}

/** A file that cannot be read declares nothing here: operators go on beside it. */
async function isDeclared({ target, ground }: Case): Promise<boolean> {
  if (target === undefined) return false
  return atAnyHead(target, ground, ({ kind }) => kind !== 'absent' && kind !== 'broken')
}
