import { momentOf } from '../../breakglass/moment.ts'
import { at, stringAt, type Json } from '../../manifest/json.ts'
import { lineHash } from '../chain.ts'
import type { Target } from './api-event.ts'

/** One of our records, as far as it is compared. */
export interface RecordFacts {
  readonly decisionId: string
  /** Of its line, which the API server was told. */
  readonly hash: string
  readonly time: number
  readonly isAllow: boolean
  readonly isDryRun: boolean
  readonly operation: string
  readonly target: Target
  readonly username: string
  readonly isWriter: boolean
  readonly reason: string
}

/** Undefined for a line that is about no decision, such as a checkpoint. */
export function readRecord(text: string, line: Json): RecordFacts | undefined {
  const decisionId = stringAt(line, 'decisionId')
  const time = momentOf(stringAt(line, 'time'))
  if (decisionId === undefined || time === undefined) return undefined
  const word = (key: string) => stringAt(line, key) ?? ''
  return {
    decisionId,
    hash: lineHash(text),
    time,
    isAllow: word('decision') === 'allow',
    isDryRun: at(line, 'dryRun') === true,
    operation: word('op'),
    target: {
      ...resourceIn(word('gvr')),
      subresource: word('sub'),
      namespace: word('ns'),
      name: word('name'),
    },
    username: word('user'),
    isWriter: word('idClass') === 'writer',
    reason: word('reason'),
  }
}

/** Of `apps/v1/deployments` or `v1/pods`. */
function resourceIn(gvr: string): Pick<Target, 'group' | 'resource'> {
  const parts = gvr.split('/')
  return { group: parts.length > 2 ? (parts[0] ?? '') : '', resource: parts.at(-1) ?? '' }
}
