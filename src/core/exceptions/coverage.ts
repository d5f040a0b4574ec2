import {
  covers,
  parseFieldPattern,
  type FieldPath,
  type FieldPattern,
} from '../manifest/field-path.ts'

const parsed = new WeakMap<readonly string[], readonly FieldPattern[]>()

/** Fields of rows never change, so each list is read once. */
function patternsOf(fields: readonly string[]): readonly FieldPattern[] {
  const known = parsed.get(fields)
  if (known !== undefined) return known
  const patterns = fields.map(parseFieldPattern)
  parsed.set(fields, patterns)
  return patterns
}

export function coversPath({ fields }: { readonly fields: readonly string[] }, path: FieldPath) {
  return patternsOf(fields).some((pattern) => covers(pattern, path))
}
