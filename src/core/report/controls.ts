import type { Completeness, Standing } from './completeness.ts'
import { controlTable, type Control, type EvidencedItem, type Need } from './control-table.ts'
import type { Inputs } from './report.ts'
import type { Summary } from './summary.ts'

export interface EvidencedFinding extends EvidencedItem {
  readonly standing: Standing
  /** Why it is no better. */
  readonly because: readonly string[]
}

export interface ControlFinding extends Omit<Control, 'evidenced'> {
  readonly evidenced: readonly EvidencedFinding[]
}

export interface Circumstances {
  readonly completeness: Completeness
  readonly summary: Summary
  readonly inputs: Pick<Inputs, 'breakGlass' | 'repositories'>
}

export function controlsOf(one: Circumstances): readonly ControlFinding[] {
  return controlTable.map((control) => ({
    ...control,
    evidenced: control.evidenced.map((item) => toFinding(item, one)),
  }))
}

interface Judged {
  readonly standing: Standing
  readonly because?: string
}

function toFinding(item: EvidencedItem, one: Circumstances): EvidencedFinding {
  const judged = item.needs.map((need) => judges[need](one))
  const standings = judged.map(({ standing }) => standing)
  const worst = standings.includes('contradicted')
    ? 'contradicted'
    : standings.includes('not-provable')
      ? 'not-provable'
      : 'shown'
  return { ...item, standing: worst, because: judged.flatMap(({ because }) => because ?? []) }
}

const judges: Readonly<Record<Need, (one: Circumstances) => Judged>> = {
  records: ({ completeness: { records } }) =>
    records.standing === 'shown'
      ? { standing: 'shown' }
      : { standing: records.standing, because: 'doubts about the records, see Completeness' },
  population: ({ completeness: { population } }) =>
    population.standing === 'shown'
      ? { standing: 'shown' }
      : { standing: population.standing, because: 'doubts about the population, see Completeness' },
  enforcement: ({ summary: { numbers } }) =>
    none(numbers.changes_not_enforced, 'changes were let through by the mode alone'),
  authors: ({ inputs, summary }) => {
    if (inputs.repositories.length === 0) {
      return { standing: 'not-provable', because: 'no repository was given' }
    }
    const unknown = (summary.groups.changes_by_author ?? [])
      .filter(({ key }) => key.startsWith('unknown: '))
      .reduce((sum, { count }) => sum + count, 0)
    return unknown === 0
      ? { standing: 'shown' }
      : { standing: 'not-provable', because: `the author of ${unknown} changes is not known` }
  },
  'break-glass': ({ inputs }) =>
    inputs.breakGlass === null
      ? { standing: 'not-provable', because: 'no grants were given' }
      : { standing: 'shown' },
  'uses-recorded': ({ summary: { numbers } }) =>
    worse(
      none(numbers.uses_without_record, 'uses have no record'),
      none(numbers.records_without_use, 'records have no use'),
    ),
  'second-person': ({ summary: { numbers } }) =>
    worse(
      none(numbers.approvals_by_holder, 'approvals are by the holder'),
      none(numbers.reviews_by_holder, 'reviews are by the holder'),
    ),
}

/** Null is told by the need that something was given. */
function none(count: number | null, what: string): Judged {
  return count === null || count === 0
    ? { standing: 'shown' }
    : { standing: 'contradicted', because: `${count} ${what}` }
}

function worse(one: Judged, other: Judged): Judged {
  return one.standing === 'shown' ? other : one
}
