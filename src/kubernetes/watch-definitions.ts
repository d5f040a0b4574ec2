import { at, stringAt, type JsonObject } from '../core/manifest/json.ts'
import { KindWatch, type KindWatchOptions } from './watch-kind.ts'

export const definitionKind = {
  group: 'apiextensions.k8s.io',
  kind: 'CustomResourceDefinition',
} as const

/** Tells the group of each definition that comes or changes: a kind of it may be served soon. */
export function watchDefinitions(
  options: Pick<KindWatchOptions, 'api' | 'discovery' | 'now' | 'log' | 'timing'>,
  onGroup: (group: string) => void,
): KindWatch {
  return new KindWatch({
    ...options,
    kind: definitionKind,
    isMetadataOnly: true,
    keep: nameAndVersion,
    onChange: (changes) => {
      const names = changes.map(({ after }) => stringAt(after, 'metadata', 'name') ?? '')
      // `kustomizations.kustomize.toolkit.fluxcd.io`
      for (const group of new Set(names.map(groupIn))) onGroup(group)
    },
  })
}

function groupIn(name: string): string {
  return name.slice(name.indexOf('.') + 1)
}

function nameAndVersion(object: JsonObject): JsonObject {
  const fields = ['name', 'resourceVersion'].flatMap((key) => {
    const value = at(object, 'metadata', key)
    return value === undefined ? [] : [[key, value] as const]
  })
  return { metadata: Object.fromEntries(fields) }
}
