import { parseFieldPattern, type FieldPattern } from './field-path.ts'

const parsed = new WeakMap<readonly string[], readonly FieldPattern[]>()

/** The fields of a row or a policy never change, so each list is read once. */
export function patternsOf(fields: readonly string[]): readonly FieldPattern[] {
  const known = parsed.get(fields)
  if (known !== undefined) return known
  const patterns = fields.map(parseFieldPattern)
  parsed.set(fields, patterns)
  return patterns
}
