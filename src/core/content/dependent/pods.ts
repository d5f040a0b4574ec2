import { at, isJsonObject, type Json, type JsonObject } from '../../manifest/json.ts'
import { imageTag } from './image-tag.ts'
import { core, isGiven, type DependentDefault } from './rule.ts'

const containerTypes = [`${core}Container`, `${core}EphemeralContainer`]

export const podRules: readonly DependentDefault[] = [
  ...containerTypes.map((type): DependentDefault => ({
    type,
    field: 'imagePullPolicy',
    name: 'Always for the tag latest',
    value: ({ image }) => pullPolicy(image),
  })),
  {
    type: `${core}ImageVolumeSource`,
    field: 'pullPolicy',
    name: 'Always for the tag latest',
    value: ({ reference }) => pullPolicy(reference),
  },
  {
    type: `${core}PodSpec`,
    field: 'serviceAccount',
    name: 'the old name of serviceAccountName',
    value: ({ serviceAccountName }) => given(serviceAccountName),
  },
  {
    type: `${core}PodSpec`,
    field: 'serviceAccountName',
    name: 'the new name of serviceAccount',
    value: ({ serviceAccount }) => given(serviceAccount),
  },
  {
    type: `${core}Volume`,
    field: 'emptyDir',
    name: 'a volume without a source',
    value: (volume) => (hasSource(volume) ? undefined : {}),
  },
  {
    type: `${core}ContainerPort`,
    field: 'hostPort',
    name: 'the port of the container, in the network of the host',
    value: ({ containerPort }, root) => {
      return isOfPod(root) && at(root, 'spec', 'hostNetwork') === true
        ? given(containerPort)
        : undefined
    },
  },
  {
    type: `${core}ResourceRequirements`,
    field: 'requests',
    name: 'the limits, in a Pod',
    value: (resources, root) => {
      const isOwn = containersOf(root).some((container) => at(container, 'resources') === resources)
      if (isOwn) return given(resources['limits'])
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

function pullPolicy(image: Json | undefined): string {
  const isLatest = typeof image === 'string' && imageTag(image) === 'latest'
  return isLatest ? 'Always' : 'IfNotPresent'
}

function given(value: Json | undefined): Json | undefined {
  return isGiven(value) ? value : undefined
}

function hasSource(volume: JsonObject): boolean {
  return Object.entries(volume).some(([key, value]) => key !== 'name' && value !== null)
}

/** The API server does it to Pods and not to the templates of other kinds. */
function isOfPod({ kind }: JsonObject): boolean {
  return kind === 'Pod'
}

/** Those of a Pod that ask for resources; ephemeral ones may not. */
function containersOf(root: JsonObject): readonly Json[] {
  if (!isOfPod(root)) return []
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
  if (!isOfPod(root) || !isJsonObject(limits)) return undefined
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
  if (!isOfPod(root) || !isJsonObject(at(root, 'spec', 'resources', 'limits'))) return undefined
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
