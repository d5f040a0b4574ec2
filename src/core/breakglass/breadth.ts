import type { GrantScope } from './scope.ts'

const all = 1000
const prefix = 100

/** How much a scope reaches, to compare: less is narrower. */
export function breadthOf(scope: GrantScope): number {
  const rows = scope.map(({ resources, operations, namespaces, names, labels = [], fields = [] }) =>
    [
      resources.length,
      operations.length,
      namespaces.length === 0 ? 1 : sumOf(namespaces),
      names === undefined ? all : sumOf(names),
      fields.length === 0 ? 1 : sumOf(fields),
      1 / (1 + labels.length),
    ].reduce((product, factor) => product * factor, 1),
  )
  return rows.reduce((sum, breadth) => sum + breadth, 0)
}

function sumOf(patterns: readonly string[]): number {
  return patterns.reduce((sum, pattern) => sum + breadthOfPattern(pattern), 0)
}

function breadthOfPattern(pattern: string): number {
  if (pattern === '*') return all
  return pattern.endsWith('*') ? prefix : 1
}
