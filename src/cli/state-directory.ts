import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import type { EngineObjects } from '../core/engines/engine-objects.ts'
import { approvalKind, grantKind } from '../core/breakglass/grant.ts'
import { GuardError } from '../core/errors.ts'
import type { Cluster, LiveKind } from '../core/exceptions/cluster.ts'
import { readObjects } from '../core/manifest/documents.ts'
import { stringAt, type JsonObject } from '../core/manifest/json.ts'
import { objectKey, type ObjectId } from '../core/manifest/object-id.ts'
import { parseManifests } from '../core/manifest/parse.ts'
import { engineObjectsOf } from './state-engine-objects.ts'

/** The objects of a cluster that decisions look at, from files instead of watches. */
export interface State {
  readonly cluster: Cluster
  readonly engineObjects: EngineObjects
  /** uid of the namespace kube-system; empty when no file has it. */
  readonly clusterUid: string
  readonly grants: readonly JsonObject[]
  readonly approvals: readonly JsonObject[]
}

const kubeSystemId = { group: '', kind: 'Namespace', namespace: '', name: 'kube-system' }
const manifestName = /\.(?:ya?ml|json)$/

/** ManifestInvalid with file and line for what cannot be read as Kubernetes would. */
export async function readState(directory: string | undefined): Promise<State> {
  const objects = directory === undefined ? [] : await readAll(directory)
  const byKey = new Map(objects.map((object) => [objectKey(idOf(object)), object]))
  const kubeSystem = byKey.get(objectKey(kubeSystemId))
  return {
    clusterUid: stringAt(kubeSystem, 'metadata', 'uid') ?? '',
    grants: objects.filter((object) => isOfKind(object, { ...grantKind, namespace: '' })),
    approvals: objects.filter((object) => isOfKind(object, { ...approvalKind, namespace: '' })),
    engineObjects: engineObjectsOf({
      ofKind: (kind) =>
        Array.from(byKey.values()).filter((object) => isOfKind(object, { ...kind, namespace: '' })),
      find: (reference) => byKey.get(objectKey(reference)),
    }),
    cluster: {
      read: ({ group, kind, namespace, name }) => {
        // An owner is looked for where its child is; a cluster-scoped one is nowhere.
        const places = [namespace, '']
        const object = places
          .map((place) => byKey.get(objectKey({ group, kind, namespace: place, name })))
          .find((found) => found !== undefined)
        return Promise.resolve(
          object === undefined ? { kind: 'absent' } : { kind: 'found', object },
        )
      },
      list: (kind) => {
        const found = objects.filter((object) => isOfKind(object, kind))
        return Promise.resolve({ kind: 'found', objects: found })
      },
    },
  }
}

async function readAll(directory: string): Promise<readonly JsonObject[]> {
  const found = (await stat(directory)).isDirectory()
    ? await readdir(directory, { recursive: true })
    : ['']
  const objects: JsonObject[] = []
  for (const name of found.toSorted()) {
    const file = path.join(directory, name)
    if (name !== '' && !manifestName.test(name)) continue
    objects.push(...readFileObjects(await readFile(file), file))
  }
  return objects
}

function readFileObjects(bytes: Uint8Array, file: string): readonly JsonObject[] {
  const { objects, problems } = readObjects(parseManifests(bytes), '')
  const [problem] = problems
  if (problem === undefined) return objects.map(({ object }) => object)
  throw new GuardError('ManifestInvalid', `${file}:${problem.line}: ${problem.message}`)
}

/** As the object itself has it: state files come from a cluster, so nothing is left to a default. */
function idOf(object: JsonObject): ObjectId {
  const apiVersion = stringAt(object, 'apiVersion') ?? ''
  return {
    group: apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '',
    kind: stringAt(object, 'kind') ?? '',
    namespace: stringAt(object, 'metadata', 'namespace') ?? '',
    name: stringAt(object, 'metadata', 'name') ?? '',
  }
}

function isOfKind(
  object: JsonObject,
  { group, kind, namespace }: Omit<LiveKind, 'version'>,
): boolean {
  const id = idOf(object)
  const isThere = namespace === '' || id.namespace === namespace
  return id.group === group && id.kind === kind && isThere
}
