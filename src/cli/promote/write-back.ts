import { draftDeclared } from './draft-declared.ts'
import { draftUndeclared } from './draft-new.ts'
import { blocked, type Draft, type Outcome, type Writing } from './drafts.ts'
import { secretsText, type Wanted } from './wanted.ts'

/** Writes every wish into drafts of the files that declare the object. */
export async function draftAll(
  wishes: readonly Wanted[],
  options: Omit<Writing, 'drafts'>,
): Promise<{ readonly outcomes: readonly Outcome[]; readonly drafts: readonly Draft[] }> {
  const writing: Writing = { ...options, drafts: [] }
  const outcomes: Outcome[] = []
  for (const wanted of wishes) outcomes.push(await draftOne(wanted, writing))
  return { outcomes, drafts: writing.drafts.filter(({ files }) => files.size > 0) }
}

async function draftOne(wanted: Wanted, writing: Writing): Promise<Outcome> {
  if (wanted.id.group === '' && wanted.id.kind === 'Secret') return blocked(wanted, secretsText)
  const place = await writing.view.find(wanted.id)
  if (place.kind === 'declared') return draftDeclared(wanted, place, writing)
  if (place.kind === 'duplicate') {
    return blocked(wanted, `it is declared more than once: ${place.places.join(', ')}`)
  }
  if (place.isWhole) return draftUndeclared(wanted, writing)
  return blocked(wanted, 'Git could not be read as a whole, and may declare it: see "declared"')
}
