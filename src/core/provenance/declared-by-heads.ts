import type { AdmissionRequest } from '../admission/request.ts'
import type { Difference } from '../content/difference.ts'
import { at, isJsonObject, stringAt, type JsonObject } from '../manifest/json.ts'
import type { ObjectId } from '../manifest/object-id.ts'
import type { PolicyRepository } from '../policy/schema.ts'
import { orBroken, orHidden } from './absence.ts'
import { differencesFrom } from './content.ts'
import type { DeclaredObject } from './declarations.ts'
import type { Ground, Sourced } from './proof.ts'
import type { Tip } from './repository.ts'
import { staleness } from './staleness.ts'

/** What the heads of the branches that count say about an object, for whoever has time. */
export type ByHeads =
  /** Nobody can tell now. */
  | { readonly kind: 'unknown'; readonly why: string }
  /** None of them declares it. The commit is the first of the heads. */
  | { readonly kind: 'undeclared'; readonly repository: string; readonly commit: string }
  | { readonly kind: 'declared'; readonly object: DeclaredObject }

/**
 * Of all repositories, since a head that nobody has read, or that is old, may say something else: nothing
 * follows from what is unknown. The first repository that declares the object has the say, and it has to
 * do so on one branch.
 */
export async function declaredByHeads(id: ObjectId, ground: Ground): Promise<ByHeads> {
  const { policy, repositories, arePlansKnown } = ground
  if (arePlansKnown?.() === false) return unknown('nobody knows yet what the engines apply')
  let first: { readonly repository: string; readonly commit: string } | undefined
  for (const settings of policy.spec.repositories) {
    const mirror = repositories.get(settings.name)
    if (mirror === undefined) return unknown(`repository ${settings.name} is not open yet`)
    const said = await ofRepository({ settings, mirror }, id, ground)
    if (said !== undefined) return said
    const [tip] = mirror.tips()
    if (tip !== undefined) first ??= { repository: settings.name, commit: tip.commit }
  }
  if (first === undefined) return unknown('no branch of the policy has a commit')
  return { kind: 'undeclared', ...first }
}

/** Undefined if none of its branches declares it. */
async function ofRepository(
  source: Sourced,
  id: ObjectId,
  ground: Ground,
): Promise<ByHeads | undefined> {
  const stale = staleness(source, ground.now())
  if (stale !== undefined) return unknown(stale.why)
  let found: ByHeads | undefined
  for (const tip of source.mirror.tips()) {
    const said = await ofTip(source.settings, tip, { id, ground })
    if (said?.kind === 'unknown') return said
    if (said !== undefined && found !== undefined) {
      return unknown(`two branches of ${source.settings.name} declare it`)
    }
    found ??= said
  }
  return found
}

async function ofTip(
  { name: repository }: PolicyRepository,
  { branch, commit }: Tip,
  { id, ground }: { readonly id: ObjectId; readonly ground: Ground },
): Promise<ByHeads | undefined> {
  const where = `${repository}@${commit.slice(0, 12)}`
  const query = { repository, commit, branches: [branch], id }
  const declared = orHidden(await orBroken(ground.declarations.find(query, ground.signal)), id.name)
  switch (declared.kind) {
    case 'declared':
      return declared.object.isEncrypted === true
        ? unknown(`${where} declares it encrypted`)
        : { kind: 'declared', object: declared.object }
    case 'absent':
      return undefined
    case 'pending':
      return unknown(`${where} is still being read`)
    case 'duplicate':
      return unknown(`${where} declares it more than once`)
    case 'broken':
      return unknown(`${where} may declare it: ${declared.why}`)
  }
}

function unknown(why: string): ByHeads {
  return { kind: 'unknown', why }
}

/** A live object, and what is known of how it came to be so. */
export interface LiveWrite {
  readonly live: JsonObject
  /** Plural of its kind. */
  readonly resource: string
  /** What stood there before, as far as it matters: without it, all of the object is new. */
  readonly before?: JsonObject
}

/**
 * In what a live object is not what a declaration makes of it, as if somebody wrote it now; undefined
 * where the two are of different versions, so that fields do not have to mean the same.
 */
export async function liveDifferences(
  write: LiveWrite,
  declared: DeclaredObject,
  ground: Pick<Ground, 'policy' | 'cluster' | 'signal'>,
): Promise<readonly Difference[] | undefined> {
  if (!isJsonObject(declared.object)) return undefined
  if (stringAt(write.live, 'apiVersion') !== declared.apiVersion) return undefined
  const [plan] = declared.plans
  const subject = { request: asRequest(write, declared.id) }
  const asked = { subject, ground, ...(plan && { plan }) }
  return (await differencesFrom(declared.object, asked, declared.id)).differences
}

const nobody = { username: '', uid: '', groups: [], extra: new Map<string, readonly string[]>() }

function asRequest({ live, resource, before }: LiveWrite, id: ObjectId): AdmissionRequest {
  const { group, kind, namespace, name } = id
  const version = (stringAt(live, 'apiVersion') ?? '').split('/').at(-1) ?? ''
  return {
    uid: '',
    kind: { group, version, kind },
    resource: { group, version, resource },
    subresource: '',
    name,
    namespace,
    operation: before === undefined ? 'CREATE' : 'UPDATE',
    user: nobody,
    object: before === undefined ? withoutRevision(said(live)) : said(live),
    oldObject: before === undefined ? null : said(before),
    options: null,
    dryRun: false,
  }
}

const people: readonly string[] = [
  'name',
  'namespace',
  'labels',
  'annotations',
  'finalizers',
  'ownerReferences',
]

/** Without what the API server keeps there by itself, and what a name was made from. */
function said(object: JsonObject): JsonObject {
  const metadata = at(object, 'metadata')
  const kept = isJsonObject(metadata)
    ? Object.fromEntries(Object.entries(metadata).filter(([key]) => people.includes(key)))
    : {}
  return { ...object, metadata: kept }
}

const revision = 'deployment.kubernetes.io/revision'

/** What the controller of Deployments notes on each new one; all that is in it is a number. */
function withoutRevision(object: JsonObject): JsonObject {
  const metadata = at(object, 'metadata')
  const annotations = at(object, 'metadata', 'annotations')
  if (!isJsonObject(metadata) || !isJsonObject(annotations)) return object
  const { [revision]: _note, ...kept } = annotations
  const { annotations: _all, ...bare } = metadata
  const isEmpty = Object.keys(kept).length === 0
  return { ...object, metadata: isEmpty ? bare : { ...bare, annotations: kept } }
}
