import { toleratedFields } from '../content/check.ts'
import { controllerOf, labelsOf, listAt, referenceTo } from '../exceptions/conditions/metadata.ts'
import { covers, type FieldPath } from '../manifest/field-path.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import type { MayHave } from './candidates.ts'
import { foreignInDefault } from './default-roles.ts'
import { idOf, requestOf, type LiveObject } from './live-object.ts'
import type { Scene } from './scene.ts'
import { foreignInPod, templateOf } from './template-pods.ts'

type Foreign = readonly FieldPath[]
type Look = (live: LiveObject, scene: Scene) => Foreign | Promise<Foreign>

/**
 * The gate knows who writes, and leaves to a controller what it makes. Nobody knows who made an object
 * that a scan finds: an owner reference, a label or a name can be written by anybody. What such rows
 * leave open is looked at here, by their names.
 */
export const beyondIdentity: Readonly<Record<string, Look>> = {
  'default-roles': foreignInDefault,
  'api-registration': ({ object }) =>
    isJsonObject(at(object, 'spec', 'service')) ? [fieldOf('spec', 'service')] : [],
  endpointslices: (live) => managedBy('endpointslice-controller.k8s.io', live),
  'endpointslice-mirrors': (live) => managedBy('endpointslicemirroring-controller.k8s.io', live),
  'replicaset-pods': ofOwnersTemplate,
  'replication-pods': ofOwnersTemplate,
  'job-pods': ofOwnersTemplate,
  'daemonset-pods': ofAnyRevision,
  'statefulset-pods': ofAnyRevision,
  'cronjob-jobs': ofCronJob,
}

/** What is in an object that nobody makes whom the row is about, as far as the policy lets nobody else. */
export async function foreignToRow(row: MayHave, live: LiveObject, scene: Scene): Promise<Foreign> {
  const look = row.origin === 'built-in' ? beyondIdentity[row.name] : undefined
  if (look === undefined) return []
  const found = await look(live, scene)
  if (found.length === 0) return found
  const write = { operation: 'CREATE', object: live.object, oldObject: null } as const
  const tolerated = toleratedFields(scene.policy, requestOf(live, write))
  return found.filter((path) => !tolerated.some((pattern) => covers(pattern, path)))
}

function fieldOf(...keys: readonly string[]): FieldPath {
  return keys.map((key) => ({ kind: 'key', key }))
}

const manager = 'endpointslice.kubernetes.io/managed-by'

/** Controllers put right what they manage; proxies follow the others as well. */
function managedBy(controller: string, { object }: LiveObject): Foreign {
  const isManaged = at(labelsOf(object), manager) === controller
  return isManaged ? [] : [fieldOf('metadata', 'labels', manager)]
}

async function ownerOf(live: LiveObject, scene: Scene): Promise<JsonObject> {
  const owner = controllerOf(live.object)
  if (owner === undefined) return {}
  const found = await scene.cluster.read(referenceTo(owner, idOf(live).namespace), scene.signal)
  return found.kind === 'found' ? found.object : {}
}

function specOf({ object }: LiveObject): Json {
  return at(object, 'spec') ?? {}
}

async function ofOwnersTemplate(live: LiveObject, scene: Scene): Promise<Foreign> {
  return foreignInPod(specOf(live), [templateOf(await ownerOf(live, scene))])
}

/** Pods of a revision before go one after the other, or only when somebody deletes them. */
async function ofAnyRevision(live: LiveObject, scene: Scene): Promise<Foreign> {
  const now = await ofOwnersTemplate(live, scene)
  if (now.length === 0) return now
  const { namespace } = idOf(live)
  const kind = { group: 'apps', version: 'v1', kind: 'ControllerRevision', namespace }
  const listed = await scene.cluster.list(kind, scene.signal)
  const owner = controllerOf(live.object)?.uid
  const revisions = (listed.kind === 'found' ? listed.objects : [])
    .filter((one) => controllerOf(one)?.uid === owner)
    .map((one) => at(one, 'data', 'spec', 'template', 'spec') ?? {})
  const before = foreignInPod(specOf(live), revisions)
  return revisions.length > 0 && before.length === 0 ? before : now
}

/** What has ended runs nothing; what runs is of the template, unless that was changed meanwhile. */
async function ofCronJob(live: LiveObject, scene: Scene): Promise<Foreign> {
  if (hasEnded(live.object)) return []
  const template = at(await ownerOf(live, scene), 'spec', 'jobTemplate')
  const declared = isJsonObject(template) ? templateOf(template) : {}
  const found = foreignInPod(templateOf(live.object), [declared])
  return found.map((path) => [...fieldOf('spec', 'template'), ...path])
}

function hasEnded(job: JsonObject): boolean {
  return listAt(job, 'status', 'conditions').some(
    (one) =>
      ['Complete', 'Failed'].includes(stringAt(one, 'type') ?? '') &&
      stringAt(one, 'status') === 'True',
  )
}
