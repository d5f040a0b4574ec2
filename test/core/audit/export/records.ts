import fc from 'fast-check'
import {
  readDecision,
  type RecordedDecision,
} from '../../../../src/core/audit/export/recorded-decision.ts'
import type { AuditRecord } from '../../../../src/core/audit/record.ts'
import { decision, proven, record, written } from '../decisions.ts'
import { request } from '../../../fakes/requests.ts'

/** As it is read back from a file. */
export function recorded(changes: Partial<AuditRecord> = {}): RecordedDecision {
  const line = { ...written({ ...record(), ...changes }), seq: 7, writer: 'pod-0/RUN' }
  const read = readDecision(line)
  if (read === undefined) throw new Error('it is no decision')
  return read
}

/** Of a commit that was shown by Git. */
export function verified(): RecordedDecision {
  const verdict = { ...decision(request()).verdict, reason: 'VerifiedCommit', provenance: proven }
  const one = record({}, { verdict: { ...verdict, kind: 'allow' } as never, allowed: true })
  const read = readDecision({ ...written(one), seq: 8, writer: 'pod-0/RUN' })
  if (read === undefined) throw new Error('it is no decision')
  return read
}

/** What somebody who can write in the files might put there, if nothing stopped them before. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('|', '=', '\\', '\n', '\r', ' ', 'a', '\u202e', '\u2028') }),
)

export const anyDecision: fc.Arbitrary<RecordedDecision> = fc.record({
  time: fc.constantFrom('2026-08-23T12:00:00.123Z', 'none', ''),
  cluster: hostile,
  decisionId: hostile,
  requestUid: hostile,
  op: fc.constantFrom('CREATE', 'UPDATE', 'DELETE', 'CONNECT', '|='),
  dryRun: fc.boolean(),
  group: hostile,
  version: hostile,
  resource: hostile,
  sub: hostile,
  ns: hostile,
  name: hostile,
  objUid: hostile,
  user: hostile,
  uid: hostile,
  groups: fc.array(hostile),
  cred: hostile,
  idClass: hostile,
  decision: fc.constantFrom('allow', 'deny'),
  wouldDeny: fc.boolean(),
  mode: hostile,
  reason: hostile,
  rule: hostile,
  git: fc.option(
    fc.record({
      repo: hostile,
      commit: hostile,
      path: hostile,
      evidence: hostile,
      verified: fc.boolean(),
    }),
    { nil: undefined },
  ),
  paths: fc.array(hostile),
  policy: hostile,
  writer: hostile,
  seq: fc.nat(),
})
