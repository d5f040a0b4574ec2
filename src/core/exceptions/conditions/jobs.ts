import { at, stringAt } from '../../manifest/json.ts'
import type { Condition } from '../row.ts'
import { listAt, objectOf, uidOf } from './metadata.ts'

/** The Job has ended and says how long it wants to be kept; the request names its uid. */
export const isFinishedJob: Condition = {
  says: 'the Job has ended, has ttlSecondsAfterFinished, and the request names its uid',
  holds({ request }) {
    const job = objectOf(request)
    const hasEnded = listAt(job, 'status', 'conditions').some(
      (condition) =>
        ['Complete', 'Failed'].includes(stringAt(condition, 'type') ?? '') &&
        stringAt(condition, 'status') === 'True',
    )
    return (
      hasEnded &&
      typeof at(job, 'spec', 'ttlSecondsAfterFinished') === 'number' &&
      uidOf(job) !== '' &&
      at(request.options, 'preconditions', 'uid') === uidOf(job)
    )
  },
}
