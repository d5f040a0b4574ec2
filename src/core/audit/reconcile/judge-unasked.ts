import type { ToldWrite, Why } from './findings.ts'
import { toFinding, type Ledger } from './ledger.ts'
import { isCollection } from './population.ts'

/** A write about which we said nothing. `isInDoubt`: whether the configuration may have been away. */
export function judgeUnasked(
  told: ToldWrite,
  isInDoubt: (time: number) => boolean,
  ledger: Ledger,
): void {
  const { counts } = ledger
  if (!told.isInside || told.exemption !== undefined) return
  if (isCollection(told) && told.items === undefined) {
    judgeCollection(told, isInDoubt, ledger)
  } else if (told.items === 0) counts.emptyCollections += 1
  else if (told.outcome === 'refused') counts.refused += 1
  else if (told.outcome === 'unsure') ledger.unsure.add(toFinding(told, 'no-answer'))
  else {
    if (told.kind === 'write') counts.written += 1
    ledger.unseenTimes.add(told.receivedAt)
    ledger.unseen.add(toFinding(told, whyUnseen(told)))
  }
}

function whyUnseen({ isOwn, hasFailedOpen }: ToldWrite): Why {
  if (isOwn === true) return 'own-work'
  return hasFailedOpen ? 'failed-open' : 'not-asked'
}

/** Nobody is asked about one in which nothing is; and one that was refused may be gone in part. */
function judgeCollection(
  told: ToldWrite,
  isInDoubt: (time: number) => boolean,
  { counts, unsure }: Ledger,
): void {
  if (told.outcome === 'unsure') unsure.add(toFinding(told, 'no-answer'))
  else if (told.hasFailedOpen) unsure.add(toFinding(told, 'failed-open'))
  else if (isInDoubt(told.receivedAt)) unsure.add(toFinding(told, 'perhaps-empty'))
  else if (told.outcome === 'refused') counts.refused += 1
  else counts.emptyCollections += 1
}
