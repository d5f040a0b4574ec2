import {
  isEnding,
  uidOf,
  type FoundTarget,
  type LiveTarget,
} from '../../core/breakglass/live-target.ts'
import { comparisonOf, trackedUses, type TrackedUse } from '../../core/breakglass/tracked-use.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../../core/manifest/json.ts'
import { targetName } from '../../core/admission/target.ts'
import { resourceName } from '../../core/admission/request.ts'
import { manifestOf } from '../../core/promote/new-manifest.ts'
import { diffRowsOf } from '../../core/promote/use-values.ts'
import type { Session } from '../breakglass/cluster.ts'
import { fieldsWish, type WrittenFields } from './fields-wish.ts'
import { readTarget, replicasPath } from './live-objects.ts'
import { secretsText, type Unwanted, type Wanted } from './wanted.ts'

export interface WishOptions {
  /** Numbers of the uses that are meant; all by default. */
  readonly use?: readonly string[]
  /** What stands in the cluster now counts, whatever the uses wrote. */
  readonly live?: boolean
}

export interface Wishes {
  readonly wishes: readonly Wanted[]
  readonly apart: readonly Unwanted[]
}

/** What Git has to say so that it has caught up with the uses of a grant. */
export async function wishesOf(
  grant: JsonObject,
  options: WishOptions,
  session: Session,
): Promise<Wishes> {
  const meant = options.use?.map(Number)
  const uses = trackedUses(grant).filter(({ n }) => meant?.includes(n) ?? true)
  const open = uses.filter(({ state, isResolved }) => state !== 'NotCommitted' && !isResolved)
  const wishes: Wanted[] = []
  const apart: Unwanted[] = []
  for (const group of Map.groupBy(open, keyOf).values()) {
    const asked: Asked = { uses: group, grant, options, session }
    for (const one of await wishOf(asked)) {
      if ('change' in one) wishes.push(one)
      else apart.push(one)
    }
  }
  return { wishes, apart }
}

interface Asked {
  /** Of one object, the oldest first. */
  readonly uses: readonly TrackedUse[]
  readonly grant: JsonObject
  readonly options: WishOptions
  readonly session: Session
}

function keyOf({ target: { group, resource, namespace, name } }: TrackedUse): string {
  return [group, resource, namespace, name].join('\n')
}

async function wishOf(asked: Asked): Promise<readonly (Wanted | Unwanted)[]> {
  const { uses } = asked
  const [first] = uses
  if (first === undefined) return []
  if (isSecret(first)) return [apartFrom(uses, 'blocked', secretsText)]
  if (first.target.name === '') {
    return uses.map((use) => apartFrom([use], isAct(use) ? 'skipped' : 'blocked', namelessText))
  }
  const acts = uses.filter(
    (use) => comparisonOf(use) === 'nothing' || use.target.subresource === 'eviction',
  )
  const writes = uses.filter((use) => !acts.includes(use))
  const said = acts.map((use) => apartFrom([use], 'skipped', 'nothing of it stands in a manifest'))
  if (writes.length === 0) return said
  return [...said, ...(await writesWish({ ...asked, uses: writes }))]
}

const namelessText =
  'the use does not say which objects it was: leave it out with --use, and see to it by hand'

function isSecret({ target: { group, resource } }: TrackedUse): boolean {
  return group === '' && resource === 'secrets'
}

function isAct({ op }: TrackedUse): boolean {
  return op === 'CONNECT'
}

/** They run once, so that Git would start them again. */
const passing: ReadonlySet<string> = new Set(['pods', 'jobs.batch'])

async function writesWish(asked: Asked): Promise<readonly (Wanted | Unwanted)[]> {
  const { uses, session } = asked
  const live = await readTarget(scaleFirst(uses), session)
  if (live.kind === 'unreadable') return [apartFrom(uses, 'blocked', live.why)]
  const last = uses.at(-1)
  const isRemoved = last !== undefined && comparisonOf(last) === 'removal'
  if (live.kind === 'absent' || isEnding(live)) return [gone(uses, live, isRemoved)]
  if (isRemoved) {
    const isAnother = uidOf(live) !== last.target.uid
    return [
      isAnother
        ? apartFrom(uses, 'skipped', 'it is there again')
        : apartFrom(uses, 'blocked', 'it was deleted, and is still there'),
    ]
  }
  const isNew = uses.some((use) => comparisonOf(use) === 'creation')
  return isNew ? [created(asked, live)] : changed(asked, live)
}

function created({ uses, options }: Asked, { whole }: FoundTarget): Wanted | Unwanted {
  const isNamed = options.use !== undefined
  if (!isNamed && passing.has(resourceName({ resource: scaleFirst(uses), subresource: '' }))) {
    return apartFrom(uses, 'skipped', 'it runs once: name the use with --use to have it in Git')
  }
  const next = (declared?: JsonObject) =>
    otherVersion(declared, whole) ?? manifestOf(whole, declared)
  return { ...about(uses, whole), paths: [], change: { kind: 'add', next } }
}

/** Of several, the one whose digests are of the scale. */
function scaleFirst(uses: readonly TrackedUse[]): TrackedUse['target'] {
  const [first] = uses
  const scaled = uses.find(({ target }) => target.subresource === 'scale') ?? first
  if (scaled === undefined) throw new Error('an object without uses')
  return scaled.target
}

function gone(
  uses: readonly TrackedUse[],
  live: LiveTarget,
  isRemoved: boolean,
): Wanted | Unwanted {
  const kind = live.kind === 'found' ? stringAt(live.whole, 'kind') : uses.at(-1)?.target.kind
  if (!isRemoved) return apartFrom(uses, 'skipped', 'it is gone by now')
  if (kind === undefined || kind === '') {
    return apartFrom(uses, 'blocked', 'it is gone, and nobody knows of which kind it was')
  }
  const { group, namespace, name } = scaleFirst(uses)
  const id = { group, kind, namespace, name }
  return { id, paths: [], uses: uses.map(({ n }) => n), change: { kind: 'remove' } }
}

async function changed(
  { uses, grant, options, session }: Asked,
  live: FoundTarget,
): Promise<readonly (Wanted | Unwanted)[]> {
  const isScaled = uses.some(({ target }) => target.subresource === 'scale')
  const replicas = isScaled ? await replicasPath(scaleFirst(uses), session) : undefined
  if (isScaled && replicas === undefined) {
    return [apartFrom(uses, 'blocked', 'nobody knows which field its scale stands for')]
  }
  const records = at(grant, 'status', 'uses')
  const stored = Array.isArray(records) ? (records as readonly Json[]).filter(isJsonObject) : []
  const fields = uses.map((use): WrittenFields => {
    const record = stored.find((one) => one['n'] === use.n)
    const isScale = use.target.subresource === 'scale'
    return {
      n: use.n,
      paths: use.paths,
      post: use.post,
      diff: record === undefined ? [] : diffRowsOf(record),
      seen: isScale ? live.seen : live.whole,
      ...(isScale && replicas !== undefined && { replicas }),
    }
  })
  const wish = fieldsWish(fields, { whole: live.whole, isLive: options.live === true })
  if (typeof wish === 'string') return [apartFrom(uses, 'blocked', wish)]
  if (wish.paths.length === 0)
    return [apartFrom(uses, 'skipped', 'nothing of it stands in a manifest')]
  const { change } = wish
  const next = (declared: JsonObject) => otherVersion(declared, live.whole) ?? change.next(declared)
  const versioned = { ...change, next }
  return [{ ...about(uses, live.whole), paths: wish.paths, change: versioned }]
}

/** Fields of one version need not be those of another. */
function otherVersion(declared: JsonObject | undefined, whole: JsonObject): string | undefined {
  const [theirs, ours] = [declared, whole].map((one) => stringAt(one, 'apiVersion'))
  if (theirs === undefined || theirs === ours) return undefined
  return `Git declares it as ${theirs}, and the use wrote ${ours ?? 'another version'}`
}

function about(uses: readonly TrackedUse[], whole: JsonObject): Pick<Wanted, 'id' | 'uses'> {
  const { group, namespace, name } = scaleFirst(uses)
  const kind = stringAt(whole, 'kind') ?? ''
  return { id: { group, kind, namespace, name }, uses: uses.map(({ n }) => n) }
}

function apartFrom(uses: readonly TrackedUse[], kind: Unwanted['kind'], why: string): Unwanted {
  const [first] = uses
  const target = first?.target
  const numbers = uses.map(({ n }) => n)
  const title =
    target === undefined
      ? ''
      : targetName(
          resourceName({ resource: target, subresource: target.subresource }),
          target.namespace,
          target.name,
        )
  return { kind, title: `use ${numbers.join(', ')}, ${title}`, why, uses: numbers }
}
