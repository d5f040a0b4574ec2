import type { AdmissionRequest } from '../admission/request.ts'
import { builtInKind } from '../content/catalogue.ts'
import { customKind } from '../content/custom-kind.ts'
import type { KindSchema } from '../content/kind-schema.ts'
import { unknownKind } from '../content/unknown-kind.ts'
import type { Cluster } from '../exceptions/cluster.ts'

/** Kinds whose status a new object brings along although there is a subresource for it. */
const startsWithStatus: ReadonlySet<string> = new Set(['Node'])

/**
 * What the API server serves of the kind that a request writes: built in, from its live definition,
 * or, where an aggregated API server has the only description, nothing. Rejects with
 * ClusterUnreachable.
 */
export async function schemaOf(
  { kind, resource }: Pick<AdmissionRequest, 'kind' | 'resource'>,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<KindSchema> {
  const builtIn = builtInKind(kind)
  if (builtIn !== undefined) {
    return { position: builtIn, keepsStatus: !startsWithStatus.has(kind.kind) }
  }
  const definition = {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    kind: 'CustomResourceDefinition',
    namespace: '',
    name: `${resource.resource}.${resource.group}`,
  }
  const live = await cluster.read(definition, signal)
  if (live.kind !== 'found') return { position: unknownKind, keepsStatus: false }
  return customKind(live.object, kind.version)
}
