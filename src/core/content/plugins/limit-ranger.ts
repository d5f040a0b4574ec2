import { parseFieldPattern } from '../../manifest/field-path.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import { isSameScalar } from '../meaning/same.ts'
import type { PluginRow, PluginScene } from './plugin.ts'

const plugin = { plugin: 'LimitRanger', kind: 'v1 Pod', needs: ['limitRanges'] } as const
const lists = ['containers', 'initContainers'] as const

const annotation = 'kubernetes.io/limit-ranger'
const note =
  /^LimitRanger plugin set: [\w./-]+(?:, [\w./-]+)* (?:request|limit) for (?:init )?container [a-z0-9-]+(?:; [\w./-]+(?:, [\w./-]+)* (?:request|limit) for (?:init )?container [a-z0-9-]+)*$/

export const limitRangerRows: readonly PluginRow[] = [
  ...lists.flatMap((list): PluginRow[] => {
    const row = (field: string) => ({
      ...plugin,
      field: parseFieldPattern(`spec.${list}[*].resources${field}`),
    })
    return [
      {
        ...row(''),
        isRight: (live, scene) => isMapOf(live, { limits: isLimits, requests: isRequests }, scene),
      },
      { ...row('.limits'), isRight: isLimits },
      { ...row('.requests'), isRight: isRequests },
      {
        ...row('.limits'),
        isMap: true,
        isRight: (live, scene, resource) => isAmount(live, resource, 'default', scene),
      },
      {
        ...row('.requests'),
        isMap: true,
        isRight: (live, scene, resource) => isAmount(live, resource, 'defaultRequest', scene),
      },
    ]
  }),
  {
    ...plugin,
    field: parseFieldPattern('metadata.annotations'),
    isRight: (live, scene) => isMapOf(live, { [annotation]: isNote }, scene),
  },
  {
    ...plugin,
    field: parseFieldPattern(`metadata.annotations["${annotation}"]`),
    isRight: isNote,
  },
]

function isNote(live: Json, { facts }: PluginScene): boolean {
  return facts.limitRanges.length > 0 && typeof live === 'string' && note.test(live)
}

function isLimits(live: Json, scene: PluginScene): boolean {
  return isAmounts(live, 'default', scene)
}

function isRequests(live: Json, scene: PluginScene): boolean {
  return isAmounts(live, 'defaultRequest', scene)
}

type Which = 'default' | 'defaultRequest'

function isAmounts(live: Json, which: Which, scene: PluginScene): boolean {
  if (!isJsonObject(live)) return false
  return Object.entries(live).every(([resource, amount]) =>
    isAmount(amount, resource, which, scene),
  )
}

function isAmount(live: Json, resource: string, which: Which, { facts }: PluginScene): boolean {
  return facts.limitRanges.some((range) =>
    limitsOf(range).some((limit) => {
      const amount = at(limit, which, resource)
      return amount !== undefined && isSameScalar(live, amount, 'quantity')
    }),
  )
}

function limitsOf(range: JsonObject): readonly Json[] {
  const limits = at(range, 'spec', 'limits')
  const list = Array.isArray(limits) ? (limits as readonly Json[]) : []
  return list.filter((limit) => stringAt(limit, 'type') === 'Container')
}

function isMapOf(
  live: Json,
  parts: Readonly<Record<string, (live: Json, scene: PluginScene) => boolean>>,
  scene: PluginScene,
): boolean {
  if (!isJsonObject(live)) return false
  return Object.entries(live).every(
    ([key, value]) => Object.hasOwn(parts, key) && parts[key]?.(value, scene) === true,
  )
}
