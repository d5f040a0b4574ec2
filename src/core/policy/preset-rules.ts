import { at, isJsonObject, stringAt, type Json } from '../manifest/json.ts'
import type { IssuePath } from './issue.ts'
import type { Preset } from './presets/preset.ts'
import { presetNamed, presets } from './presets/presets.ts'
import type { Findings } from './written.ts'

/** What a preset would have brought must be written without one. */
export function isWhole(keys: readonly string[]) {
  return function* (entry: Json, path: IssuePath): Findings {
    if (!isJsonObject(entry) || at(entry, 'preset') !== undefined) return
    for (const key of keys) {
      if (at(entry, key) === undefined) yield { path: [...path, key], message: 'is required' }
    }
    for (const key of [
      'namespace',
      'accounts',
      ...(keys.includes('allow') ? ['namespaces'] : []),
    ]) {
      if (at(entry, key) === undefined) continue
      yield { path: [...path, key], message: 'is for a preset only', atKey: true }
    }
  }
}

/** What a preset brings cannot be said otherwise beside it. */
export function bringsItself(keys: readonly string[]) {
  return function* (entry: Json, path: IssuePath): Findings {
    const preset = presetNamed(stringAt(entry, 'preset'))
    if (preset === undefined) return
    for (const key of keys) {
      if (at(entry, key) === undefined || isSaid(key, preset)) continue
      const message = `comes with preset ${preset.name}: ${waysOut[key] ?? 'remove it'}`
      yield { path: [...path, key], message, atKey: true }
    }
  }
}

/** Some presets are for people, whom only the policy knows. */
function isSaid(key: string, { forSubject }: Preset): boolean {
  return key === 'subject' && forSubject !== undefined
}

export function* presetSubjectFits(entry: Json, path: IssuePath): Findings {
  const preset = presetNamed(stringAt(entry, 'preset'))
  if (preset?.forSubject === undefined) return
  if (at(entry, 'subject') === undefined) {
    const message = `preset ${preset.name} needs a subject: who it is for, such as {group: NAME}`
    yield { path: [...path, 'preset'], message }
  }
  for (const key of ['namespaces', 'accounts']) {
    if (at(entry, key) === undefined) continue
    const message = `means nothing for preset ${preset.name}: it is about Pods in its own namespace`
    yield { path: [...path, key], message, atKey: true }
  }
}

const waysOut: Readonly<Record<string, string>> = {
  subject: 'write namespace for another place, accounts for other names',
  allow: 'write rows of your own as another exception',
}

/** What is none of any preset is an unknown key to the schema. */
const all = presets.flatMap(({ accounts }) => accounts.map(({ account }) => account))

export function* accountsFit(entry: Json, path: IssuePath): Findings {
  const preset = presetNamed(stringAt(entry, 'preset'))
  const written = at(entry, 'accounts')
  if (preset === undefined || preset.accounts.length === 0 || !isJsonObject(written)) return
  const known = preset.accounts.map(({ account }) => account)
  for (const account of Object.keys(written)) {
    if (known.includes(account) || !all.includes(account)) continue
    const message = `is no service account of preset ${preset.name}; those are ${known.join(', ')}`
    yield { path: [...path, 'accounts', account], message, atKey: true }
  }
}
