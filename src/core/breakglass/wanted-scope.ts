import { namePattern } from '../policy/grant-scope-schema.ts'
import { whyNotResource } from '../policy/core-resources.ts'
import { scopeType, type WriteDetail } from './claims.ts'
import { isNamespaced, resourceOf } from './kinds.ts'
import type { Preset, PresetRow } from './presets.ts'

/** What somebody wants a token for. */
export interface WantedScope {
  readonly preset: Preset
  readonly namespace?: string
  /** `RESOURCE/NAME`, as kubectl takes it; NAME may end in `*`. */
  readonly target?: string
  /** Instead of those of the preset. */
  readonly fields?: readonly string[]
}

export type MadeScope =
  | { readonly kind: 'made'; readonly details: readonly WriteDetail[] }
  | { readonly kind: 'refused'; readonly message: string }

interface Target {
  readonly resources: readonly string[]
  /** Undefined for all. */
  readonly name: string | undefined
}

/** The `authorization_details` of a token, without asking a cluster. */
export function makeScope(wanted: WantedScope): MadeScope {
  const target = targetOf(wanted)
  if (typeof target === 'string') return refused(target)
  const { preset, fields } = wanted
  const rows = preset.rows.flatMap((row) => rowFor(row, target) ?? [])
  if (fields !== undefined && rows.every((row) => row.fields === undefined)) {
    return refused(`preset ${preset.name} changes no fields`)
  }
  const problem = rows.map((row) => whyNotThere(row, wanted)).find((one) => one !== undefined)
  if (problem !== undefined) return refused(problem)
  return { kind: 'made', details: rows.flatMap((row) => detailsOf(row, target, wanted)) }
}

function targetOf({ preset, target }: WantedScope): Target | string {
  if (target !== undefined) return readTarget(target, preset)
  return preset.targets === undefined || preset.isForOne === true
    ? `preset ${preset.name} needs RESOURCE/NAME`
    : { resources: preset.targets, name: undefined }
}

function readTarget(target: string, preset: Preset): Target | string {
  const [, word, name] = /^([^/]+)\/([^/]+)$/.exec(target) ?? []
  if (word === undefined || name === undefined) return `${target} must be RESOURCE/NAME`
  if (name !== '*' && !namePattern.test(name)) {
    return `${name} is no name and no prefix such as api-*`
  }
  const resource = resourceOf(word) ?? word
  const problem = whyNotResource(resource) ?? whyNotFor(preset, resource)
  if (problem !== undefined) return `${word} ${problem}`
  return { resources: [resource], name: name === '*' ? undefined : name }
}

function whyNotFor({ name, targets }: Preset, resource: string): string | undefined {
  return targets?.includes(resource) === false
    ? `is not for preset ${name}, which is for ${targets.join(', ')}`
    : undefined
}

/** Undefined when the row is for none of the targets. */
function rowFor(row: PresetRow, { resources }: Target): PresetRow | undefined {
  const own = resources.filter((one) => row.for?.includes(one) ?? true)
  if (own.length === 0) return undefined
  const named = row.resources.flatMap((one) =>
    one.startsWith('TARGET') ? own.map((of) => one.replace('TARGET', of)) : one,
  )
  return { ...row, resources: named }
}

/** One entry for each group: every group of an entry goes with every resource of it. */
function detailsOf(row: PresetRow, target: Target, wanted: WantedScope): readonly WriteDetail[] {
  const name = row.anywhere === true ? undefined : target.name
  const namespaces = namespacesOf(row, wanted)
  const fields = row.anywhere === true ? row.fields : (wanted.fields ?? row.fields)
  const byGroup = Map.groupBy(row.resources.map(split), ({ group }) => group)
  return [...byGroup].map(([group, resources]) => ({
    type: scopeType,
    apiGroups: [group],
    resources: resources.map(({ resource }) => resource),
    operations: row.operations,
    ...(namespaces !== undefined && { namespaces }),
    ...(name !== undefined && { names: [name] }),
    ...(row.fields !== undefined && fields !== undefined && { fields }),
  }))
}

function whyNotThere(row: PresetRow, { namespace, preset }: WantedScope): string | undefined {
  const main = mainOf(row)
  const isIn = isNamespaced(main)
  if (isIn === true && row.anywhere !== true && namespace === undefined) {
    return `${main} needs -n NAMESPACE`
  }
  const isUnused = isIn === false && !preset.rows.some(({ anywhere }) => anywhere === true)
  return isUnused && namespace !== undefined ? `${main} is cluster-scoped: leave out -n` : undefined
}

/** Undefined for cluster-scoped objects. A Namespace belongs to itself, so its name is enough. */
function namespacesOf(row: PresetRow, { namespace }: WantedScope): readonly string[] | undefined {
  const main = mainOf(row)
  if (main === 'namespaces') return ['*']
  if (row.anywhere === true) return [namespace ?? '*']
  return namespace === undefined || isNamespaced(main) === false ? undefined : [namespace]
}

function mainOf({ resources }: PresetRow): string {
  return (resources[0] ?? '').split('/')[0] ?? ''
}

function split(resource: string): { readonly group: string; readonly resource: string } {
  const [main = '', ...subresource] = resource.split('/')
  const [plural = '', ...group] = main.split('.')
  return { group: group.join('.'), resource: [plural, ...subresource].join('/') }
}

function refused(message: string): MadeScope {
  return { kind: 'refused', message }
}
