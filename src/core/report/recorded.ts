import { momentOf } from '../breakglass/moment.ts'
import { at, stringAt, type Json } from '../manifest/json.ts'

/** One record of a decision, as far as a report needs it. All of it is text of the record. */
export interface Recorded {
  readonly id: string
  readonly time: string
  /** Epoch ms. */
  readonly ms: number
  readonly writer: string
  readonly seq: number
  readonly isAllow: boolean
  readonly wouldDeny: boolean
  readonly dryRun: boolean
  readonly reason: string
  readonly rule: string
  readonly mode: string
  readonly operation: string
  /** `deployments.apps`. */
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  readonly user: string
  /** `writer`, `human`, ... */
  readonly identity: string
  /** What Git showed, or with a denial what was claimed. */
  readonly repository: string
  readonly commit: string
  readonly path: string
  readonly policy: string
}

/** Undefined for what is no decision, and for what has no time or answer. */
export function readRecorded(line: Json): Recorded | undefined {
  const text = (...path: readonly string[]) => stringAt(line, ...path) ?? ''
  const [id, time, decision] = [text('decisionId'), text('time'), text('decision')]
  const ms = momentOf(time)
  if (id === '' || ms === undefined || !answers.has(decision)) return undefined
  const seq = at(line, 'seq')
  return {
    id,
    time,
    ms,
    writer: text('writer'),
    seq: typeof seq === 'number' ? seq : 0,
    isAllow: decision === 'allow',
    wouldDeny: at(line, 'wouldDeny') === true,
    dryRun: at(line, 'dryRun') === true,
    reason: text('reason'),
    rule: text('rule'),
    mode: text('mode'),
    operation: text('op'),
    resource: resourceOf(text('gvr')),
    subresource: text('sub'),
    namespace: text('ns'),
    name: text('name'),
    user: text('user'),
    identity: text('idClass'),
    repository: text('git', 'repo'),
    commit: text('git', 'commit'),
    path: text('git', 'path'),
    policy: text('policy'),
  }
}

const answers: ReadonlySet<string> = new Set(['allow', 'deny'])

/** Of `apps/v1/deployments` or `v1/pods`. */
function resourceOf(gvr: string): string {
  const parts = gvr.split('/')
  const resource = parts.at(-1) ?? ''
  return parts.length > 2 ? `${resource}.${parts[0]}` : resource
}
