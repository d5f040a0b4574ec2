import type { JsonObject } from '../../src/core/manifest/json.ts'
import { leavesOf, type Steps } from './leaf-edits.ts'
import type { ApiAnswer } from './requester.ts'

/** Place -> value. */
export type Leaves = ReadonlyMap<string, string>

/** What is stored, without what is the API server's own affair and differs each time. */
export function storedLeaves({ json }: ApiAnswer): Leaves {
  const places = leavesOf(json as unknown as JsonObject).filter(({ path }) => !isTheServers(path))
  return new Map(places.map(({ path, value }) => [JSON.stringify(path), JSON.stringify(value)]))
}

const metadata = new Set<string | number | undefined>([
  'creationTimestamp',
  'generation',
  'managedFields',
  'resourceVersion',
  'uid',
])

function isTheServers([first, second]: Steps): boolean {
  return first === 'status' || (first === 'metadata' && metadata.has(second))
}

/** Places with different values. */
export function differing(a: Leaves, b: Leaves): readonly string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((key) => a.get(key) !== b.get(key))
}
