import { isGeneratedName } from '../core/manifest/generated-name.ts'
import { objectKey } from '../core/manifest/object-id.ts'
import { planName, type Plan } from '../core/plans/plan.ts'
import type { DeclarationQuery } from '../core/provenance/declarations.ts'
import type { Entry, SourceAt, SourceIndex } from './source-index.ts'

/** The index of one plan at one commit. */
export interface Indexed {
  readonly at: SourceAt
  readonly index: SourceIndex
}

/** An entry and where it comes from. */
export interface Hit {
  readonly at: SourceAt
  readonly entry: Entry
}

/** Plans that say the same. They have one branch, and the hit is of the first of them. */
interface OneHit {
  readonly hit: Hit
  readonly plans: readonly Plan[]
}

/** What the indexes say about one object. */
export type LookUp =
  | { readonly kind: 'none' }
  | ({ readonly kind: 'one' } & OneHit)
  | { readonly kind: 'many'; readonly hits: readonly Hit[] }

type Wanted = Pick<DeclarationQuery, 'id' | 'generateName'>

export function lookUp(indexed: readonly Indexed[], { id, generateName = '' }: Wanted): LookUp {
  const named = id.name === '' ? [] : hitsFor(indexed, objectKey(id))
  const isMade = id.name === '' || isGeneratedName(id.name, generateName)
  if (named.length > 0 || generateName === '' || !isMade) return judge(named)
  const unnamed = hitsFor(indexed, objectKey({ ...id, name: '' }))
  return judge(unnamed.filter(({ entry }) => entry.generateName === generateName))
}

function hitsFor(indexed: readonly Indexed[], key: string): readonly Hit[] {
  const hits: Hit[] = []
  for (const { at, index } of indexed) {
    for (const entry of index.entries.get(key) ?? []) hits.push({ at, entry })
  }
  return hits
}

/**
 * Plans that make the same object of whatever files declare it once. Two objects of one plan do not,
 * even if they are equal: Kubernetes has one, and which of them is kept up to date nobody says.
 */
function judge(hits: readonly Hit[]): LookUp {
  const [first, ...others] = hits
  if (first === undefined) return { kind: 'none' }
  const plans = new Set(hits.map(({ at }) => at.source))
  const isOne = others.every(({ entry }) => isAlike(entry, first.entry))
  if (plans.size < hits.length || !isOne) return { kind: 'many', hits: differing(hits) }
  return { kind: 'one', ...together(first, hits) }
}

/** An encrypted object is another one where nobody decrypts it. */
function isAlike(one: Entry, other: Entry): boolean {
  return one.digest === other.digest && one.isEncrypted === other.isEncrypted
}

function together(hit: Hit, hits: readonly Hit[]): OneHit {
  const { branch } = hit.at.source
  const plans = hits.map(({ at }) => at.source).filter((plan) => plan.branch === branch)
  return { hit, plans: [...new Set(plans)] }
}

/** One object of one file is one place, however many plans reach it. */
function differing(hits: readonly Hit[]): readonly Hit[] {
  const seen = new Map<string, Hit>()
  for (const hit of hits) {
    const { text, file, ordinal, digest } = hit.entry
    const key = `${text}\n${file}\n${ordinal}\n${digest}`
    if (!seen.has(key)) seen.set(key, hit)
  }
  return [...seen.values()]
}

/** Of hits on many objects: those that say the same about one, together. */
export function alike(hits: readonly Hit[]): readonly OneHit[] {
  const keyOf = ({ entry: { id, digest, isEncrypted } }: Hit) =>
    `${objectKey(id)}\n${digest}\n${isEncrypted === true}`
  return [...Map.groupBy(hits, keyOf).values()].flatMap((group) =>
    group.slice(0, 1).map((first) => together(first, group)),
  )
}

export function placeOf({ at: { source }, entry: { file, line } }: Hit): string {
  return source.engine === undefined ? `${file}:${line}` : `${file}:${line} (${planName(source)})`
}
