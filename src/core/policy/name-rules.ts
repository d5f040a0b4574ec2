import { at, stringAt, type Json } from '../manifest/json.ts'
import { quoted } from './issue.ts'
import { presetNamed } from './presets/presets.ts'
import { entryName, items, texts, type Findings } from './written.ts'

/** The second of two equal ones is the finding; `keyOf` answers undefined for what is not compared. */
export function* duplicates(
  spec: Json | undefined,
  list: string,
  keyOf: (item: Json) => string | undefined,
): Findings {
  const seen = new Map<string, number>()
  for (const [i, item] of items(spec, list).entries()) {
    const key = keyOf(item)
    const first = key === undefined ? undefined : seen.get(key)
    if (key === undefined) continue
    if (first === undefined) seen.set(key, i)
    else yield { path: ['spec', list, i, 'name'], message: `is also the name of ${list}[${first}]` }
  }
}

/** Names of writers, written or brought by a preset, that an earlier entry has. */
export function* takenWriterNames(spec: Json | undefined): Findings {
  const named = entries(spec, 'writers').map((one) => ({ ...one, names: writerNames(one.entry) }))
  yield* taken(named)
}

/** The same for exceptions: those of a preset begin with the name of its entry, in either list. */
export function* takenExceptionNames(spec: Json | undefined): Findings {
  const named = [...entries(spec, 'exceptions'), ...entries(spec, 'writers')].map((one) => ({
    ...one,
    names: exceptionNames(one),
  }))
  yield* taken(named)
}

interface Entry {
  readonly entry: Json
  readonly list: string
  readonly position: number
}

function entries(spec: Json | undefined, list: string): readonly Entry[] {
  return items(spec, list).map((entry, position) => ({ entry, list, position }))
}

function* taken(all: readonly (Entry & { readonly names: readonly string[] })[]): Findings {
  const seen = new Map<string, string>()
  for (const { entry, list, position, names } of all) {
    const clash = names.find((name) => seen.has(name))
    for (const name of names) if (!seen.has(name)) seen.set(name, `${list}[${position}]`)
    if (clash === undefined) continue
    const [own, owner] = [stringAt(entry, 'name'), seen.get(clash) ?? '']
    const message =
      clash === own
        ? `is also the name of ${owner}`
        : `brings ${quoted(clash)}, as ${owner} does: give one of them a name of its own`
    yield { path: ['spec', list, position, own === undefined ? 'preset' : 'name'], message }
  }
}

function writerNames(entry: Json): readonly string[] {
  const preset = presetNamed(stringAt(entry, 'preset'))
  const name = entryName(entry)
  if (name === undefined) return []
  if (preset === undefined) return [name]
  return preset.accounts.flatMap(({ writer }) => (writer ? [`${name}${writer.suffix}`] : []))
}

function exceptionNames({ entry, list }: Entry): readonly string[] {
  const preset = presetNamed(stringAt(entry, 'preset'))
  const name = entryName(entry)
  if (name === undefined) return []
  if (preset === undefined) return list === 'exceptions' ? [name] : []
  const accounts = preset.accounts.map(({ account }) => `${name}/${account}`)
  return preset.forSubject === undefined ? accounts : [...accounts, `${name}/subject`]
}

/** Which of two writers an identity is would depend on their order. */
export function* duplicateSubjects(spec: Json | undefined): Findings {
  const seen = new Map<string, number>()
  for (const { entry, position } of entries(spec, 'writers')) {
    const subjects = subjectsOf(entry)
    const clash = subjects.find(({ key }) => seen.has(key))
    for (const { key } of subjects) if (!seen.has(key)) seen.set(key, position)
    if (clash === undefined) continue
    const isPreset = at(entry, 'preset') !== undefined
    const what = isPreset ? `brings ${quoted(clash.who)}, which is also` : 'is also'
    yield {
      path: ['spec', 'writers', position, isPreset ? 'preset' : 'subject'],
      message: `${what} the subject of writers[${seen.get(clash.key)}]`,
    }
  }
}

function subjectsOf(writer: Json): readonly { readonly who: string; readonly key: string }[] {
  const preset = presetNamed(stringAt(writer, 'preset'))
  if (preset === undefined) {
    const subject = at(writer, 'subject')
    const who = stringAt(subject, 'serviceAccount') ?? stringAt(subject, 'user')
    return who === undefined ? [] : [subjectKey(who, texts(subject, 'groups'))]
  }
  const own = stringAt(writer, 'namespace') ?? preset.namespace
  return preset.accounts
    .filter((one) => one.writer !== undefined)
    .map(({ account, namespace = own }) =>
      subjectKey(`${namespace}/${stringAt(writer, 'accounts', account) ?? account}`, []),
    )
}

function subjectKey(who: string, groups: readonly string[]) {
  return { who, key: JSON.stringify([who, groups.toSorted()]) }
}
