import { createHash } from 'node:crypto'
import type { UserInfo } from '../admission/request.ts'
import { digest } from '../manifest/canonical.ts'
import { at, isJsonObject, stringAt, type JsonObject } from '../manifest/json.ts'
import { credentialOf, notShown } from './credential.ts'
import { listOf, matching, members } from './shape.ts'
import { holderOf } from './holder.ts'

const text = matching(/./, 'a text')
const spec = members({ grant: text, by: text, group: text, scope: text })
const wanted = members({ groups: listOf(text, Infinity) }, {}, 'ignored')

/** One approval for each grant and person: `bg-....` and 16 digits of a hash of the username. */
export function approvalName(grant: string, by: string): string {
  return `${grant}.${createHash('sha256').update(by, 'utf8').digest('hex').slice(0, 16)}`
}

/** What an approval is for: exactly the scope that it was shown. */
export function scopeDigest(grant: JsonObject): string {
  return digest(at(grant, 'status', 'scope') ?? null)
}

/** Why this new BreakGlassApproval says nothing by itself, whatever the grant is. */
export function whyNotApproval(approval: JsonObject, user: UserInfo): string | undefined {
  const content = at(approval, 'spec') ?? null
  const unfit = spec(content, 'spec')
  if (unfit !== undefined || !isJsonObject(content)) return unfit
  const [grant = '', by = '', group = ''] = ['grant', 'by', 'group'].map((key) =>
    stringAt(content, key),
  )
  const name = approvalName(grant, by)
  return (
    whyNotYou(user, by, group) ??
    (stringAt(approval, 'metadata', 'name') === name ? undefined : `its name has to be ${name}`)
  )
}

function whyNotYou(user: UserInfo, by: string, group: string): string | undefined {
  if (by !== user.username) return 'spec.by has to be your own username'
  if (!user.groups.includes(group)) return 'spec.group has to be one of your groups'
  return credentialOf(user) === undefined ? notShown : undefined
}

/** Why it is none for this grant. */
export function whyNotFor(grant: JsonObject, approval: JsonObject, user: UserInfo) {
  if (holderOf(grant) === user.username || hasSameCertificate(grant, user)) {
    return 'nobody approves for themselves'
  }
  const groups = at(grant, 'status', 'approvalsWanted') ?? null
  if (wanted(groups, 'approvalsWanted') !== undefined) return 'the grant waits for no approval'
  const group = stringAt(approval, 'spec', 'group') ?? ''
  const open = at(groups, 'groups') as readonly string[]
  if (!open.includes(group)) return `the grant waits for members of ${open.join(', ')}`
  return stringAt(approval, 'spec', 'scope') === scopeDigest(grant)
    ? undefined
    : 'spec.scope is the digest of another scope than the one that the grant has'
}

/** The holder under another name; that somebody came with a token says nothing of who. */
function hasSameCertificate(grant: JsonObject, user: UserInfo): boolean {
  const credential = credentialOf(user)
  const isCertificate = credential?.startsWith('X509SHA256=') === true
  return isCertificate && stringAt(grant, 'status', 'subject', 'credential') === credential
}
