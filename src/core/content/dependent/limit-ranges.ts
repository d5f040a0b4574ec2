import { at, isJsonObject, type Json, type JsonObject } from '../../manifest/json.ts'
import { core, type DependentDefault } from './rule.ts'

const item = `${core}LimitRangeItem`

export const limitRangeRules: readonly DependentDefault[] = [
  {
    type: item,
    field: 'default',
    name: 'the maximum, for containers',
    value: (limits) => filled(defaultOf(limits)),
  },
  {
    type: `${item}.default`,
    field: '*',
    name: 'the maximum of the same resource, for containers',
    value: (values, root, resource) => at(defaultOf(itemWith('default', values, root)), resource),
  },
  {
    type: item,
    field: 'defaultRequest',
    name: 'the default limit or else the minimum, for containers',
    value: (limits) => filled(defaultRequestOf(limits)),
  },
  {
    type: `${item}.defaultRequest`,
    field: '*',
    name: 'the default limit or else the minimum of the same resource, for containers',
    value: (values, root, resource) =>
      at(defaultRequestOf(itemWith('defaultRequest', values, root)), resource),
  },
]

function defaultOf(limits: JsonObject): JsonObject {
  if (limits['type'] !== 'Container') return {}
  return { ...mapAt(limits, 'max'), ...mapAt(limits, 'default') }
}

function defaultRequestOf(limits: JsonObject): JsonObject {
  if (limits['type'] !== 'Container') return {}
  return { ...mapAt(limits, 'min'), ...defaultOf(limits), ...mapAt(limits, 'defaultRequest') }
}

/** An empty map is left out. */
function filled(values: JsonObject): JsonObject | undefined {
  return Object.keys(values).length === 0 ? undefined : values
}

function itemWith(field: string, values: JsonObject, root: JsonObject): JsonObject {
  const limits = at(root, 'spec', 'limits')
  const items = Array.isArray(limits) ? (limits as readonly Json[]).filter(isJsonObject) : []
  return items.find((one) => one[field] === values) ?? {}
}

function mapAt(limits: JsonObject, field: string): JsonObject {
  const found = limits[field]
  return isJsonObject(found) ? found : {}
}
