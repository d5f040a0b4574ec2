import { neverDesired } from '../../core/decision/rows.ts'
import type { ObjectId } from '../../core/manifest/object-id.ts'
import { judgeLive } from '../../core/scan/judge.ts'
import { idOf, type LiveObject, type ServedKind } from '../../core/scan/live-object.ts'
import type { Tally } from '../../core/scan/tally.ts'
import { listKinds } from '../../kubernetes/list-kinds.ts'
import { listPages, type ListRefusal } from '../../kubernetes/list-pages.ts'
import { isNamespace, nameOf, orUnknown, take, whyNot, type Run, type ScannedKinds } from './run.ts'
import type { ScanOptions } from './scan.ts'
import { listsOf } from './secret-lists.ts'

/** Definitions may come, go and change their versions while the others are read. */
const mostRounds = 5
const notAnswering = 'nobody answers for it now, so that it is not known what it serves'
const changing = 'what is served changes faster than it is read'

/** Judges all objects of all kinds, those too that are served only since it has begun. */
export async function scanKinds(run: Run): Promise<ScannedKinds> {
  const { options, scene, counted } = run
  const seen = new Map<string, ServedKind>()
  const listed = new Set<string>()
  const notListed = new Set<string>()
  const foreign = new Set<string>()
  for (let round = 1; ; round += 1) {
    const served = await listKinds(options.api, scene.signal)
    tellEach(served.stale, notAnswering, counted)
    for (const group of served.foreign) foreign.add(group)
    for (const kind of served.kinds) seen.set(nameOf(kind), kind)
    const open = served.kinds.filter((one) => isScanned(one, options) && !listed.has(nameOf(one)))
    if (open.length === 0) break
    if (round > mostRounds) {
      tellEach(open.map(nameOf), changing, counted)
      for (const what of open.map(nameOf)) notListed.add(what)
      break
    }
    for (const kind of open) {
      const ended = await scanKind(kind, run)
      if (ended !== 'not-served') listed.add(nameOf(kind))
      if (ended === 'unknown') notListed.add(nameOf(kind))
    }
  }
  return { kinds: [...seen.values()], listed: listed.size, notListed, foreign }
}

function tellEach(all: readonly string[], why: string, counted: Tally): void {
  for (const what of all) counted.addUnknown({ what, why, objects: 0 })
}

function isScanned(kind: ServedKind, { namespaces }: Pick<ScanOptions, 'namespaces'>): boolean {
  if (neverDesired.has(nameOf(kind))) return false
  return kind.isNamespaced || namespaces.length === 0 || isNamespace(kind)
}

type Ended = 'whole' | 'unknown' | 'not-served'

/** A kind that cannot be listed is named, and all others go on. */
async function scanKind(served: ServedKind, run: Run): Promise<Ended> {
  const { options, counted, scene } = run
  const what = nameOf(served)
  let refusal: ListRefusal | undefined
  const onRefusal = (one: ListRefusal) => {
    refusal = one
  }
  try {
    for (const list of listsOf(served, options)) {
      const pages = listPages({ ...list, api: options.api, signal: scene.signal, onRefusal })
      for await (const objects of pages) {
        await scanPage(objects.map(list.toLive), run)
        run.onProgress(`${what}: ${counted.counts().objects} objects`)
      }
      if (refusal !== undefined) return refused(refusal, what, run)
    }
    return 'whole'
  } catch (error) {
    counted.addUnknown({ what, why: whyNot(error, scene), objects: 0 })
    return 'unknown'
  }
}

/** It may be served in another version by now, or not at all: the next round sees. */
function refused(refusal: ListRefusal, what: string, { counted }: Run): Ended {
  if (refusal.kind === 'not-served') return 'not-served'
  const why = `our account may not ${refusal.permission}: its role must allow it`
  counted.addUnknown({ what, why, objects: 0, lacksRight: true })
  return 'unknown'
}

async function scanPage(objects: readonly LiveObject[], run: Run): Promise<void> {
  const { scene, declared, options, namespaces } = run
  for (const live of objects) {
    const id = idOf(live)
    if (isNamespace(id)) namespaces.add(id.name)
    if (!isWanted(id, options)) continue
    declared.seen(id)
    await take(await orUnknown(judgeLive(live, scene), run), run)
  }
}

function isWanted(id: ObjectId, { namespaces }: ScanOptions): boolean {
  if (namespaces.length === 0) return true
  return namespaces.includes(isNamespace(id) ? id.name : id.namespace)
}
