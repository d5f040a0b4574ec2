import { resourceName } from '../../core/admission/request.ts'
import { momentText } from '../../core/breakglass/moment.ts'
import type { Circumstances } from '../../core/decision/case.ts'
import { neverDesired } from '../../core/decision/rows.ts'
import { GuardError } from '../../core/errors.ts'
import { objectKey, type ObjectId } from '../../core/manifest/object-id.ts'
import { judgeMissing } from '../../core/scan/judge-missing.ts'
import { judgeLive, type Judged } from '../../core/scan/judge.ts'
import { idOf, type LiveObject, type ServedKind } from '../../core/scan/live-object.ts'
import { remembering } from '../../core/scan/remembering.ts'
import type { Finding, ScanSummary, ScanTrigger, Unknown } from '../../core/scan/result.ts'
import type { Listings, Scene } from '../../core/scan/scene.ts'
import { tally, type Tally } from '../../core/scan/tally.ts'
import type { Api } from '../../kubernetes/api.ts'
import { listKinds } from '../../kubernetes/list-kinds.ts'
import { listPages } from '../../kubernetes/list-pages.ts'
import { readDeclared, type DeclaredNow } from './declared-now.ts'
import { formerCommits, heldStill } from './heads.ts'
import { listsOf } from './secret-lists.ts'

export interface ScanOptions {
  readonly api: Api
  readonly circumstances: Circumstances
  readonly listings: Listings
  readonly trigger: ScanTrigger
  /** Why not all is known that engines declare. */
  readonly unknown?: readonly string[]
  /** Only these; empty for all of the cluster. */
  readonly namespaces: readonly string[]
  /** Secrets whole: else only their metadata are asked for. */
  readonly readsSecrets: boolean
  /** What was found, one after the other; nothing more is read until it is taken. */
  readonly onFinding: (finding: Finding) => Promise<void>
  readonly onProgress?: (text: string) => void
}

export interface Scanned {
  readonly summary: ScanSummary
  readonly unknown: readonly Unknown[]
}

/** Compares a cluster with what Git declares, object by object. Rejects with ClusterUnreachable. */
export async function scan(options: ScanOptions): Promise<Scanned> {
  const { api, listings, trigger, unknown = [], onProgress = () => undefined } = options
  const { now, signal, clusterUid, policyHash, policy } = options.circumstances
  const startedAt = momentText(now())
  const still = { ...options.circumstances, ...heldStill(options.circumstances) }
  const counted = tally()
  for (const why of unknown) counted.addUnknown({ what: 'engines', why, objects: 0 })
  onProgress('reading what is declared')
  const declared = await readDeclared(listings, still, counted)
  const scene: Scene = {
    ...still,
    cluster: remembering(still.cluster),
    created: declared.created,
    owners: new Map(),
    former: formerCommits(still.repositories),
  }
  const { kinds, stale, foreign } = await listKinds(api, signal)
  for (const group of stale) counted.addUnknown({ what: group, why: notAnswering, objects: 0 })
  const run: Run = { options, scene, counted, declared, notListed: new Set(), onProgress }
  const listed = kinds.filter((kind) => isScanned(kind, options))
  for (const kind of listed) await scanKind(kind, run)
  await scanUnseen(kinds, run)
  return {
    summary: {
      type: 'summary',
      trigger,
      cluster: clusterUid,
      policy: policyHash,
      startedAt,
      endedAt: momentText(now()),
      heads: policy.spec.repositories.flatMap(({ name: repository }) =>
        (still.repositories.get(repository)?.tips() ?? []).map((tip) => ({ repository, ...tip })),
      ),
      kinds: listed.length,
      ...counted.counts(),
      notSeen: foreign,
      omitted: 0,
    },
    unknown: counted.unknown(),
  }
}

const notAnswering = 'its API server does not answer, so that nobody knows what it serves'

interface Run {
  readonly options: ScanOptions
  readonly scene: Scene
  readonly counted: Tally
  readonly declared: DeclaredNow
  /** Resources of which nobody knows whether an object is missing. */
  readonly notListed: Set<string>
  readonly onProgress: (text: string) => void
}

function nameOf({ group, version, resource }: ServedKind): string {
  return resourceName({ resource: { group, version, resource }, subresource: '' })
}

function isScanned(kind: ServedKind, { namespaces }: Pick<ScanOptions, 'namespaces'>): boolean {
  if (neverDesired.has(nameOf(kind))) return false
  return kind.isNamespaced || namespaces.length === 0 || isNamespace(kind)
}

function isNamespace({ group, kind }: ServedKind): boolean {
  return group === '' && kind === 'Namespace'
}

/** A kind that cannot be listed is named, and all others go on. */
async function scanKind(served: ServedKind, run: Run): Promise<void> {
  const { options, counted, scene } = run
  try {
    for (const list of listsOf(served, options)) {
      for await (const objects of listPages({ ...list, api: options.api, signal: scene.signal })) {
        await scanPage(objects.map(list.toLive), run)
        run.onProgress(`${nameOf(served)}: ${counted.counts().objects} objects`)
      }
    }
  } catch (error) {
    if (scene.signal.aborted || !(error instanceof GuardError)) throw error
    run.notListed.add(nameOf(served))
    counted.addUnknown({ what: nameOf(served), why: error.message, objects: 0 })
  }
}

async function scanPage(objects: readonly LiveObject[], run: Run): Promise<void> {
  const { scene, declared, options } = run
  for (const live of objects) {
    const id = idOf(live)
    if (!isWanted(live.served, id, options)) continue
    declared.seen(id)
    await take(await judgeOrUnknown(live, scene), run)
  }
}

function isWanted(served: ServedKind, id: ObjectId, { namespaces }: ScanOptions): boolean {
  if (namespaces.length === 0) return true
  return namespaces.includes(isNamespace(served) ? id.name : id.namespace)
}

/** What one object needs may not be readable: the others are. */
async function judgeOrUnknown(live: LiveObject, scene: Scene): Promise<Judged> {
  try {
    return await judgeLive(live, scene)
  } catch (error) {
    if (scene.signal.aborted || !(error instanceof GuardError)) throw error
    return { kind: 'unknown', why: error.message.slice(0, 200) }
  }
}

async function take(judged: Judged, { counted, options }: Run): Promise<void> {
  counted.add(judged)
  if (judged.kind === 'finding') await options.onFinding(judged.finding)
}

/** What is declared and was in no list: looked at once more, since it may be new. */
async function scanUnseen(kinds: readonly ServedKind[], run: Run): Promise<void> {
  const { scene, declared, counted, options } = run
  const byKind = new Map(kinds.map((kind) => [`${kind.group}/${kind.kind}`, kind]))
  for (const id of declared.unseen()) {
    const served = byKind.get(`${id.group}/${id.kind}`)
    if (!mayBeMissing(id, served, run)) continue
    run.onProgress(`looking for what is missing: ${objectName(id)}`)
    const judged = await judgeMissing({ id, served }, scene)
    if (judged?.kind === 'unknown') {
      counted.addUnknown({ what: objectName(id), why: judged.why, objects: 1 })
    } else if (judged !== undefined && !(judged.kind === 'finding' && isElsewhere(id, options))) {
      await take(judged, run)
    }
  }
}

/** Of a kind whose scope nobody knew, objects without a namespace are declared in two ways. */
function mayBeMissing(id: ObjectId, served: ServedKind | undefined, run: Run): boolean {
  if (isElsewhere(id, run.options)) return false
  if (served === undefined) return true
  return served.isNamespaced === (id.namespace !== '') && !run.notListed.has(nameOf(served))
}

function isElsewhere(id: ObjectId, { namespaces }: Pick<ScanOptions, 'namespaces'>): boolean {
  if (namespaces.length === 0) return false
  const isNamed = id.group === '' && id.kind === 'Namespace' && namespaces.includes(id.name)
  return !isNamed && !namespaces.includes(id.namespace)
}

function objectName({ group, kind, namespace, name }: ObjectId): string {
  const [, ...path] = objectKey({ group, kind, namespace, name }).split('\n')
  return path.filter((part) => part !== '').join('/')
}
