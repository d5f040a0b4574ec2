import { formatFieldPath } from '../manifest/field-path.ts'
import type { Json } from '../manifest/json.ts'
import type { Difference } from './difference.ts'

/** Paths of differences, each once. */
export function pathsOf(differences: readonly Difference[]): readonly string[] {
  return [...new Set(differences.map(({ path }) => formatFieldPath(path)))]
}

/** `spec.replicas is 5, fleet@9c1f2ab declares 3; 2 more paths`. */
export function describeDifferences(
  differences: readonly Difference[],
  where: string,
  isSecret: boolean,
): string {
  const [first] = differences
  if (first === undefined) return ''
  const more = pathsOf(differences).length - 1
  const rest = more === 0 ? '' : `; ${more} more path${more === 1 ? '' : 's'}`
  return describe(first, where, isSecret) + rest
}

function describe({ path, kind, live, declared }: Difference, where: string, isSecret: boolean) {
  const field = formatFieldPath(path)
  switch (kind) {
    case 'added':
      return `${field} is new, and ${where} does not declare it`
    case 'removed':
      return `${field} is removed, and ${where} ${declared === undefined ? 'does not say so' : 'declares it'}`
    case 'missing':
      return `${field} is missing, and ${where} declares it`
    case 'reordered':
      return `${field} is in another order than ${where} declares`
    case 'changed': {
      const isShown = !isSecret && isHarmless(live, field) && isHarmless(declared, field)
      if (!isShown) return `${field} differs from what ${where} declares`
      return `${field} is ${text(live)}, ${where} declares ${text(declared)}`
    }
  }
}

/** Any other text may be somebody's password: in a variable, an argument, a field of an operator. */
function isHarmless(value: Json | undefined, field: string): boolean {
  if (typeof value === 'string') return /(?:^|\.)image$/.test(field) && value.length <= 200
  return typeof value === 'number' || typeof value === 'boolean'
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
