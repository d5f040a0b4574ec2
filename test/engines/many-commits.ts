import type { JsonObject } from '../../src/core/manifest/json.ts'
import { documents } from './flux-manifests.ts'

// A team at work: commit after commit that makes, changes, moves and removes a few objects.

export const folders = ['one', 'two', 'three'] as const

type Folder = (typeof folders)[number]

/** By path; null removes the file. */
export type FileChanges = Readonly<Record<string, string | null>>

/** What one folder declares, by name of the ConfigMap. */
type Declared = ReadonlyMap<string, string>

export interface Work {
  /** The next commit comes before this one is applied. It removes nothing: that could be declared again. */
  readonly isOvertaken: boolean
  readonly files: FileChanges
  /** After this commit, by folder. */
  readonly declared: Readonly<Record<Folder, Declared>>
}

const names = ['anna', 'ben', 'carl', 'dora', 'emil', 'frida']

/** The same for the same count. */
export function* manyCommits(count: number): Generator<Work> {
  const next = numbers(count)
  const declared = { one: new Map(), two: new Map(), three: new Map() } as Record<
    Folder,
    Map<string, string>
  >
  const isThere = new Set<string>()
  for (let i = 0; i < count; i += 1) {
    const files: Record<string, string | null> = {}
    const isOvertaken = i % 5 === 4 && i < count - 1
    for (let change = 0; change <= next(3); change += 1) {
      const folder = folders[next(folders.length)] ?? 'one'
      const name = names[next(names.length)] ?? 'anna'
      const file = `${folder}/${name}.yaml`
      if (!isOvertaken && isThere.has(file) && next(4) === 0) {
        files[file] = null
        isThere.delete(file)
        declared[folder].delete(name)
      } else {
        files[file] = documents(configMap(name, folder, String(i)), deployment(name, folder, i))
        isThere.add(file)
        declared[folder].set(name, String(i))
      }
    }
    yield { isOvertaken, files, declared: copyOf(declared) }
  }
}

/** So that no folder is missing before it is first worked on. */
export const firstWork: FileChanges = Object.fromEntries(
  folders.map((folder) => [`${folder}/kept.yaml`, documents(configMap('kept', folder, 'kept'))]),
)

function copyOf(declared: Readonly<Record<Folder, Declared>>): Work['declared'] {
  const { one, two, three } = declared
  return { one: new Map(one), two: new Map(two), three: new Map(three) }
}

function configMap(name: string, namespace: string, says: string): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { says } }
}

function deployment(name: string, namespace: string, tag: number): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  replicas: ${tag % 3}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: main, image: "registry.example.com/${name}:${tag}"}]}
`
}

/** Below a bound, the same at every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    // https://en.wikipedia.org/wiki/Linear_congruential_generator, as in Numerical Recipes
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
