import { at, isJsonObject, stringAt, type JsonObject } from '../manifest/json.ts'
import { approvalName, whyNotFor } from './approval.ts'
import { readGrant } from './grant.ts'
import { momentOf, momentText } from './moment.ts'

/** Who of these groups consents to a grant, by approvals that were made in time; nobody twice. */
export function consentedBy(
  grant: JsonObject,
  approvals: readonly JsonObject[],
  groups: readonly string[],
): readonly string[] {
  const consents = consentsTo(grant, approvals)
  return consents.filter(({ group }) => groups.includes(group)).map(({ by }) => by)
}

/** A consent that counts. Times are epoch ms, by the clock of the API server. */
interface Consent {
  readonly by: string
  readonly group: string
  readonly at: number
}

/**
 * The status of a grant with the approvals that were given in time; active from the last one that it
 * takes. Undefined unless the grant waits, and one of them is new. Who approves was checked when the
 * approval was made.
 */
export function approvedStatus(
  grant: JsonObject,
  approvals: readonly JsonObject[],
): JsonObject | undefined {
  const status = at(grant, 'status')
  const known = readGrant(grant)?.status
  if (!isJsonObject(status) || known?.phase !== 'Pending') return undefined
  const consents = consentsTo(grant, approvals)
  if (consents.length <= known.approvedBy.length) return undefined
  const given: JsonObject = {
    ...status,
    approvals: consents.map((one) => ({ ...one, at: momentText(one.at) })),
  }
  const required = Number(at(status, 'approvalsWanted', 'required'))
  const last = consents[required - 1]
  if (last === undefined) return given
  const session = Number(at(status, 'sessionSeconds')) * 1000
  const [activatedAt, expiresAt] = [last.at, last.at + session].map(momentText)
  return { ...given, phase: 'Active', activatedAt: activatedAt ?? '', expiresAt: expiresAt ?? '' }
}

/** In the order in which they were given, one of each person. */
function consentsTo(grant: JsonObject, approvals: readonly JsonObject[]): readonly Consent[] {
  const name = stringAt(grant, 'metadata', 'name') ?? ''
  const until = momentOf(stringAt(grant, 'status', 'approvalsWanted', 'until')) ?? 0
  return approvals
    .flatMap((approval) => {
      const consent = consentOf(approval)
      const isForIt = isNamedFor(approval, name, consent.by) && consent.at < until
      return isForIt && whyNot(grant, approval, consent.by) === undefined ? [consent] : []
    })
    .toSorted((one, other) => one.at - other.at || (one.by < other.by ? -1 : 1))
    .filter(({ by }, i, all) => all.findIndex((one) => one.by === by) === i)
}

function consentOf(approval: JsonObject): Consent {
  const word = (key: string) => stringAt(approval, 'spec', key) ?? ''
  const created = momentOf(stringAt(approval, 'metadata', 'creationTimestamp'))
  return { by: word('by'), group: word('group'), at: created ?? Infinity }
}

function isNamedFor(approval: JsonObject, grant: string, by: string): boolean {
  return (
    by !== '' &&
    stringAt(approval, 'spec', 'grant') === grant &&
    stringAt(approval, 'metadata', 'name') === approvalName(grant, by)
  )
}

function whyNot(grant: JsonObject, approval: JsonObject, username: string): string | undefined {
  return whyNotFor(grant, approval, { username, uid: '', groups: [], extra: new Map() })
}
