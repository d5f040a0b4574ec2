import { coversPath } from '../exceptions/coverage.ts'
import { derivedRowsFor } from '../policy/derived.ts'
import { isGoverned } from '../provenance/governed.ts'
import type { Case } from './case.ts'
import { allow, type Row } from './row.ts'

/** What an operator makes of an object that Git declares, while that object is as Git declares it. */
export const derived: Row = async ({ policy, request, changes, ground }: Case) => {
  if (policy.spec.derived.length === 0) return undefined
  for (const { name, fields, parent } of derivedRowsFor(policy, request)) {
    if (!changes.all().every((path) => coversPath({ fields }, path))) continue
    if (await isGoverned(parent, { ground, freshness: 'live' })) return allow('Exception', name)
  }
  return undefined
}
