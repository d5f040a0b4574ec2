import { momentOf } from '../../breakglass/moment.ts'
import type { UnseenWrite } from '../../breakglass/post-mortem-bypass.ts'
import type { Why, WriteFinding } from './findings.ts'
import type { Reconciliation } from './result.ts'

/** What a PostMortem is made of; the rest is about records, or nobody can tell. */
const reasons: Readonly<Partial<Record<Why, UnseenWrite['why']>>> = {
  'not-asked': 'NotAsked',
  'failed-open': 'FailedOpen',
  denied: 'Denied',
  impersonated: 'Impersonated',
}

/** Undefined for what is not raised. */
export function toUnseen(finding: WriteFinding): UnseenWrite | undefined {
  const why = reasons[finding.why]
  const time = momentOf(finding.time)
  if (why === undefined || time === undefined) return undefined
  const { auditId, user, impersonator, verb, resource, namespace, name, code, sourceIps } = finding
  return {
    auditId,
    time,
    actor: impersonator ?? user,
    ...(impersonator === null ? {} : { as: user }),
    verb,
    resource,
    namespace,
    name,
    code,
    why,
    sourceIps,
  }
}

/** Of a whole comparison: the same as are found while events come in. */
export function unseenIn(found: Reconciliation): readonly UnseenWrite[] {
  const lists = [found.unseen, found.contradictions, found.impersonations]
  return lists.flatMap(({ list }) => list.flatMap((one) => toUnseen(one) ?? []))
}
