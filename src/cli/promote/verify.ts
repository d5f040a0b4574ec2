import { isJsonObject, type JsonObject } from '../../core/manifest/json.ts'
import type { ObjectId } from '../../core/manifest/object-id.ts'
import { differencesOf } from '../../core/promote/differences.ts'
import { isSame } from '../../core/promote/edits.ts'
import { declaredDigests, openView, type Place, type View, type WorkEstate } from './estate.ts'
import { titleOf, type Wanted } from './wanted.ts'
import { generatedText } from './draft-declared.ts'
import type { Draft, Outcome } from './drafts.ts'

/**
 * What the new commits declare, against what was wished for: of each object exactly that, and of all
 * others the same as before. What cannot be written into one file shows here, whatever renders it.
 */
export async function verifyAll(
  estate: WorkEstate,
  outcomes: readonly Outcome[],
  { before, drafts }: { readonly before: View; readonly drafts: readonly Draft[] },
): Promise<readonly Outcome[]> {
  await using after = await openView(estate)
  const wished = outcomes.map(({ wanted }) => wanted.id)
  const changed = await Promise.all(drafts.map((draft) => changedBy(draft, before, after)))
  const others = changed.flat().filter((id) => !wished.some((one) => isOfOne(one, id)))
  return await Promise.all(
    outcomes.map(async (outcome) => {
      if (outcome.kind !== 'written') return outcome
      if (others.length > 0) return blockedBy(outcome, othersText(others))
      return verifyOne(outcome, await after.find(outcome.wanted.id))
    }),
  )
}

/** What a branch declares differently, or only on one side. */
async function changedBy(
  { repository, branch }: Draft,
  before: View,
  after: View,
): Promise<readonly ObjectId[]> {
  const old = declaredDigests(await before.listing(repository, branch))
  const next = declaredDigests(await after.listing(repository, branch))
  return [...new Map([...old, ...next])]
    .filter(([key]) => old.get(key)?.digest !== next.get(key)?.digest)
    .map(([, { id }]) => id)
}

/** Of a kind whose scope nobody knows here, one manifest stands for two objects, one without a namespace. */
function isOfOne(one: ObjectId, other: ObjectId): boolean {
  const isThere = other.namespace === one.namespace || other.namespace === ''
  return isThere && one.group === other.group && one.kind === other.kind && one.name === other.name
}

function othersText(others: readonly ObjectId[]): string {
  const names = [...new Set(others.map(titleOf))]
  const more = names.length > 3 ? ` and ${names.length - 3} more` : ''
  return `the same file says something of others: ${names.slice(0, 3).join(', ')}${more} would change too`
}

function verifyOne(outcome: Outcome, place: Place): Outcome {
  const { wanted } = outcome
  const isGone = place.kind === 'absent' && place.isWhole
  if (wanted.change.kind === 'remove') {
    return isGone ? outcome : blockedBy(outcome, 'Git still declares it then, or cannot be read')
  }
  if (place.kind !== 'declared') {
    return blockedBy(outcome, 'no plan of the policy would declare it there: --file PATH')
  }
  const declared = isJsonObject(place.object.object) ? place.object.object : {}
  const next = nextOf(wanted, declared)
  if (typeof next !== 'string' && isSame(declared, next)) return outcome
  const difference = typeof next === 'string' ? [] : differencesOf(declared, next)
  return { ...blockedBy(outcome, generatedText(place.object)), difference }
}

function nextOf({ change }: Wanted, declared: JsonObject): JsonObject | string {
  return change.kind === 'remove' ? declared : change.next(declared)
}

function blockedBy(outcome: Outcome, why: string): Outcome {
  return { ...outcome, kind: 'blocked', why: `${titleOf(outcome.wanted.id)}: ${why}` }
}
