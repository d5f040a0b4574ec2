import { at, stringAt, type Json } from '../manifest/json.ts'
import type { IssuePath } from './issue.ts'
import { items, type Findings } from './written.ts'

export function* labelsFit(entry: Json, path: IssuePath): Findings {
  const by = stringAt(entry, 'parent', 'by')
  if (by === undefined || by === 'labels' || at(entry, 'parent', 'labels') === undefined) return
  const message = `means nothing with by: ${by}: remove it`
  yield { path: [...path, 'parent', 'labels'], message, atKey: true }
}

const releaseGroups: readonly string[] = ['helm.toolkit.fluxcd.io', 'helm.fluxcd.io']

/** Only of these is known how they name their releases. */
export function* releasesFit(entry: Json, path: IssuePath): Findings {
  const by = stringAt(entry, 'parent', 'by') ?? ''
  if (by !== 'helmStorage' && by !== 'helmRelease') return
  const group = stringAt(entry, 'parent', 'group') ?? ''
  if (stringAt(entry, 'parent', 'kind') === 'HelmRelease' && releaseGroups.includes(group)) return
  const message = `is for kind HelmRelease of ${releaseGroups.join(' or ')}: of others nobody knows the release`
  yield { path: [...path, 'parent', 'by'], message }
}

export function* rootsAreUnique(spec: Json | undefined): Findings {
  const seen = new Map<string, number>()
  for (const [i, root] of items(spec, 'roots').entries()) {
    const parts = ['resource', 'namespace', 'name'].map((key) => stringAt(root, key))
    const key = JSON.stringify(parts)
    const first = seen.get(key)
    if (first === undefined) seen.set(key, i)
    else yield { path: ['spec', 'roots', i], message: `is also roots[${first}]` }
  }
}
