import { at, isJsonObject, type Json, type JsonObject } from '../../manifest/json.ts'
import { core, type DependentDefault } from './rule.ts'

// What a Pod asks for where it only says how much it may have.

export const podRequestRules: readonly DependentDefault[] = [
  {
    type: `${core}ResourceRequirements`,
    field: 'requests',
    name: 'the limits, in a Pod',
    value: (resources, root) => {
      const isOwn = containersOf(root).some((container) => at(container, 'resources') === resources)
      if (isOwn) return resources['limits'] ?? undefined
      return resources === at(root, 'spec', 'resources') ? podRequests(resources, root) : undefined
    },
  },
  {
    type: `${core}ResourceRequirements.requests`,
    field: '*',
    name: 'the limit of the same resource, in a Pod',
    value: (requests, root, resource) => {
      if (requests !== at(root, 'spec', 'resources', 'requests')) {
        return at(limitsBeside(requests, root), resource)
      }
      return podRequest(resource, root)
    },
  },
]

/** Only a Pod has them there, and not the template of another kind. Ephemeral ones ask for nothing. */
function containersOf(root: JsonObject): readonly Json[] {
  return ['containers', 'initContainers'].flatMap((list) => {
    const found = at(root, 'spec', list)
    return Array.isArray(found) ? (found as readonly Json[]) : []
  })
}

function limitsBeside(requests: JsonObject, root: JsonObject): Json | undefined {
  const own = containersOf(root).find((one) => at(one, 'resources', 'requests') === requests)
  return at(own, 'resources', 'limits')
}

/** Of the Pod as a whole; its containers go before its limits. */
function podRequests({ limits }: JsonObject, root: JsonObject): JsonObject | undefined {
  if (!isJsonObject(limits)) return undefined
  const asked = containersOf(root).flatMap((one) => [
    ...keysAt(one, 'requests'),
    ...keysAt(one, 'limits'),
  ])
  const names = new Set([...asked, ...Object.keys(limits)])
  const requests = [...names].flatMap((resource) => {
    const value = podRequest(resource, root)
    return value === undefined ? [] : [[resource, value] as const]
  })
  return requests.length === 0 ? undefined : Object.fromEntries(requests)
}

/** Undefined too where several containers ask for it: their sum is nobody's declared value. */
function podRequest(resource: string, root: JsonObject): Json | undefined {
  if (!isJsonObject(at(root, 'spec', 'resources', 'limits'))) return undefined
  const asked = containersOf(root).flatMap((container) => {
    const own = at(container, 'resources')
    return at(own, 'requests', resource) ?? at(own, 'limits', resource) ?? []
  })
  if (asked.length > 1 || !isOfWholePod(resource)) return undefined
  return asked[0] ?? at(root, 'spec', 'resources', 'limits', resource)
}

function isOfWholePod(resource: string): boolean {
  return resource === 'cpu' || resource === 'memory' || resource.startsWith('hugepages-')
}

function keysAt(container: Json, field: string): readonly string[] {
  const found = at(container, 'resources', field)
  return isJsonObject(found) ? Object.keys(found) : []
}
