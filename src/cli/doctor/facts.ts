import { GuardError } from '../../core/errors.ts'
import type { ClusterFacts, Looked } from '../../core/lint/facts.ts'
import type { AdmissionObjects } from '../../core/lint/webhook/neighbours.ts'
import { isJsonObject, type JsonObject } from '../../core/manifest/json.ts'
import { isGood, unexpected, type Api } from '../../kubernetes/api.ts'
import { minorVersion } from '../../kubernetes/cluster.ts'
import { listObjects } from '../../kubernetes/list-objects.ts'
import { readServed } from '../../kubernetes/served-resources.ts'
import { pathOf, resourceName, type ResourcePath } from '../../kubernetes/paths.ts'
import { markerName } from '../../kubernetes/emergency.ts'

interface Place {
  readonly namespace: string
  /** Of our own webhook configuration. */
  readonly configurationName: string
}

interface Looking extends Place {
  readonly api: Api
  readonly signal: AbortSignal
  /** Told before each step, for people who wait. */
  readonly onStep?: (what: string) => void
}

const admission = 'admissionregistration.k8s.io'
const rbac = 'rbac.authorization.k8s.io'

/**
 * Asks for all of it, one after the other. What we may not read, and what has no answer, is told in
 * its place; no Secret is read.
 */
export async function lookAt(looking: Looking): Promise<ClusterFacts> {
  const { api, namespace, configurationName, signal } = looking
  const list = (group: string, resource: string, version = 'v1', inside = '') =>
    looked<readonly JsonObject[]>(
      looking,
      `list ${resourceName({ group, resource })}`,
      async () => {
        const found = await listObjects(
          api,
          { group, version, resource, namespace: inside },
          signal,
        )
        return found.kind === 'found' ? found : forbidden(found.what)
      },
    )
  const get = (where: ResourcePath, name: string) => {
    const what = `get ${resourceName(where)} ${name}`
    return looked(looking, what, () => readOne(looking, where, name, what))
  }
  const marker = { group: '', version: 'v1', resource: 'configmaps', namespace }
  const emergency = await get(marker, markerName)
  return {
    version: await looked(looking, 'get /version', async () =>
      known(await minorVersion(api, signal)),
    ),
    served: await looked(looking, 'discovery', async () => known(await readServed(api, signal))),
    apiServices: await list('apiregistration.k8s.io', 'apiservices'),
    configuration: await get(
      {
        group: admission,
        version: 'v1',
        resource: 'validatingwebhookconfigurations',
        namespace: '',
      },
      configurationName,
    ),
    ...(await lookAtNeighbours(looking)),
    namespaces: await list('', 'namespaces'),
    roles: await list(rbac, 'roles'),
    clusterRoles: await list(rbac, 'clusterroles'),
    roleBindings: await list(rbac, 'rolebindings'),
    clusterRoleBindings: await list(rbac, 'clusterrolebindings'),
    definitions: await list('apiextensions.k8s.io', 'customresourcedefinitions'),
    endpointSlices: await list('discovery.k8s.io', 'endpointslices', 'v1', namespace),
    lease: await get(
      { group: 'coordination.k8s.io', version: 'v1', resource: 'leases', namespace },
      'solewriter-controller',
    ),
    isEmergency: emergency.kind === 'unknown' ? emergency : known(emergency.value !== undefined),
  }
}

type Neighbours = Pick<ClusterFacts, keyof AdmissionObjects>

/** Who else is in admission. Of mutating policies the newest version that is served. */
export async function lookAtNeighbours(
  looking: Pick<Looking, 'api' | 'signal' | 'onStep'>,
): Promise<Neighbours> {
  const { api, signal } = looking
  const list = (resource: string, versions: readonly string[]) =>
    looked<readonly JsonObject[]>(looking, `list ${resource}.${admission}`, async () => {
      let objects: readonly JsonObject[] = []
      for (const version of versions) {
        const where = { group: admission, version, resource, namespace: '' }
        const found = await listObjects(api, where, signal)
        if (found.kind === 'forbidden') return forbidden(found.what)
        objects = found.value
        if (objects.length > 0) break
      }
      return known(objects)
    })
  const versions = ['v1', 'v1beta1', 'v1alpha1']
  return {
    mutatingWebhooks: await list('mutatingwebhookconfigurations', ['v1']),
    mutatingPolicies: await list('mutatingadmissionpolicies', versions),
    mutatingBindings: await list('mutatingadmissionpolicybindings', versions),
    validatingPolicies: await list('validatingadmissionpolicies', ['v1']),
    validatingBindings: await list('validatingadmissionpolicybindings', ['v1']),
  }
}

export function lookAtNamespace(
  looking: Pick<Looking, 'api' | 'signal'>,
  name: string,
): Promise<Looked<JsonObject | undefined>> {
  const where = { group: '', version: 'v1', resource: 'namespaces', namespace: '' }
  const what = `get namespaces ${name}`
  return looked(looking, what, () => readOne(looking, where, name, what))
}

async function readOne(
  { api, signal }: Pick<Looking, 'api' | 'signal'>,
  where: ResourcePath,
  name: string,
  what: string,
): Promise<Looked<JsonObject | undefined>> {
  const answer = await api.send({ method: 'GET', path: pathOf(where, name), signal })
  if (answer.status === 404) return known(undefined)
  if (answer.status === 403) return forbidden(what)
  if (!isGood(answer) || !isJsonObject(answer.body)) throw unexpected(what, answer)
  return known(answer.body)
}

async function looked<T>(
  { signal, onStep }: Pick<Looking, 'signal' | 'onStep'>,
  what: string,
  look: () => Promise<Looked<T>>,
): Promise<Looked<T>> {
  onStep?.(what)
  try {
    return await look()
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof GuardError)) throw error
    return { kind: 'unknown', what, why: error.message }
  }
}

function known<T>(value: T): Looked<T> {
  return { kind: 'found', value }
}

function forbidden<T>(what: string): Looked<T> {
  return { kind: 'unknown', what, why: 'forbidden' }
}
