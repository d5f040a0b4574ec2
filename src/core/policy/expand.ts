import type { DerivedEntry, Exception, ExceptionRow, PresetOrigin, Writer } from './entries.ts'
import type { WrittenDerived } from './derived-schema.ts'
import type { WrittenException } from './exception-schema.ts'
import type { AccountNames } from './preset-schema.ts'
import type { Preset, PresetAccount, PresetRow, Reach } from './presets/preset.ts'
import { presetNamed } from './presets/presets.ts'
import { toAccount, type Subject } from './subject.ts'
import type { WrittenWriter } from './writer-schema.ts'

interface Written {
  readonly writers: readonly WrittenWriter[]
  readonly exceptions: readonly WrittenException[]
  readonly derived: readonly WrittenDerived[]
}

interface Expanded {
  readonly writers: readonly Writer[]
  readonly exceptions: readonly Exception[]
  readonly derived: readonly DerivedEntry[]
}

/**
 * The policy with its presets written out. An entry that lacks something and has no preset is left
 * out: the rules refuse such a policy.
 */
export function expandPresets({ writers, exceptions, derived }: Written): Expanded {
  const installs = [
    ...writers.flatMap((one) => installOf('writers', one) ?? []),
    ...exceptions.flatMap((one) => exceptionInstall(one) ?? []),
  ]
  return {
    writers: writers.flatMap(toWriters),
    exceptions: [...exceptions.flatMap(toException), ...installs.flatMap(exceptionsOf)],
    derived: [...derived, ...installs.flatMap(derivedOf)],
  }
}

/** A preset as one entry asks for it. */
interface Install {
  readonly preset: Preset
  readonly from: PresetOrigin
  readonly namespace: string
  readonly accounts: AccountNames
  /** Instead of every namespace. */
  readonly namespaces: readonly string[] | undefined
  readonly reason: string | undefined
  /** Of presets that are for whoever the entry names. */
  readonly subject: Subject | undefined
}

function installOf(
  list: PresetOrigin['list'],
  entry: WrittenWriter | WrittenException,
): Install | undefined {
  const preset = presetNamed(entry.preset)
  if (preset === undefined) return undefined
  return {
    preset,
    from: { preset: preset.name, list, entry: entry.name ?? preset.name },
    namespace: entry.namespace ?? preset.namespace,
    accounts: entry.accounts ?? {},
    namespaces: undefined,
    reason: undefined,
    subject: undefined,
  }
}

function exceptionInstall(entry: WrittenException): Install | undefined {
  const install = installOf('exceptions', entry)
  const { namespaces, reason, subject } = entry
  return install && { ...install, namespaces, reason, subject }
}

function toWriters(written: WrittenWriter): readonly Writer[] {
  const { preset: _preset, namespace: _namespace, accounts: _accounts, ...entry } = written
  const install = installOf('writers', written)
  if (install !== undefined) return presetWriters(entry, install)
  const { name, subject, evidence, podBound = false } = entry
  if (name === undefined || subject === undefined || evidence === undefined) return []
  return [{ ...entry, name, subject, evidence, podBound }]
}

type WriterEntry = Omit<WrittenWriter, 'preset' | 'namespace' | 'accounts'>

function presetWriters(entry: WriterEntry, install: Install): readonly Writer[] {
  return install.preset.accounts.flatMap((one) => {
    if (one.writer === undefined) return []
    return {
      ...entry,
      name: `${install.from.entry}${one.writer.suffix}`,
      subject: subjectOf(one, install),
      evidence: entry.evidence ?? [...one.writer.evidence],
      podBound: entry.podBound ?? true,
      from: install.from,
    }
  })
}

function toException(written: WrittenException): readonly Exception[] {
  const { name, subject, allow, reason, preset } = written
  if (preset !== undefined || name === undefined || subject === undefined) return []
  return allow === undefined || reason === undefined ? [] : [{ name, subject, allow, reason }]
}

/** Names with a slash: nobody can write one by hand, so none is taken. */
function exceptionsOf(install: Install): readonly Exception[] {
  const { preset, from, subject } = install
  const reason = install.reason ?? preset.install
  const allowing = (rows: readonly PresetRow[]) => rows.flatMap((row) => rowsOf(row, install))
  const ofAccounts = preset.accounts.map((one) => ({
    name: `${from.entry}/${one.account}`,
    subject: subjectOf(one, install),
    allow: allowing(one.allow),
    reason,
    from,
  }))
  if (preset.forSubject === undefined || subject === undefined) return ofAccounts
  const allow = allowing(preset.forSubject)
  return [...ofAccounts, { name: `${from.entry}/subject`, subject, allow, reason, from }]
}

function derivedOf(install: Install): readonly DerivedEntry[] {
  const { preset, from } = install
  return preset.accounts.flatMap((one) =>
    (one.derived ?? []).map(({ suffix, parent, allow, reason }) => ({
      name: `${from.entry}/${suffix}`,
      subject: subjectOf(one, install),
      parent,
      allow,
      reason,
      from,
    })),
  )
}

function subjectOf({ account, namespace }: PresetAccount, install: Install) {
  return toAccount(`${namespace ?? install.namespace}/${install.accounts[account] ?? account}`)
}

function rowsOf({ where, ...row }: PresetRow, install: Install): readonly ExceptionRow[] {
  const namespaces = typeof where === 'string' ? reaches[where](install) : [[where.namespace]]
  return namespaces.map((one) => ({ ...row, namespaces: one }))
}

const reaches: Readonly<Record<Reach, (install: Install) => readonly (readonly string[])[]>> = {
  'every-namespace': ({ namespaces }) => [namespaces ?? ['*']],
  install: ({ namespace }) => [[namespace]],
  cluster: () => [[]],
  anywhere: ({ namespaces }) => [namespaces ?? ['*'], []],
}
