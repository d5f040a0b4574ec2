import { covers, type FieldPath } from '../manifest/field-path.ts'
import { patternsOf } from '../manifest/field-patterns.ts'

export function coversPath({ fields }: { readonly fields: readonly string[] }, path: FieldPath) {
  return patternsOf(fields).some((pattern) => covers(pattern, path))
}
