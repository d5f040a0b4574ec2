import { whyNotApproval, whyNotFor } from '../breakglass/approval.ts'
import { whyNotNextWrites } from '../breakglass/post-mortem-writes.ts'
import { whyNotReview } from '../breakglass/review.ts'
import { whyNotNextStatus } from '../breakglass/status-change.ts'
import { keyAt } from '../manifest/field-path.ts'
import { at, stringAt } from '../manifest/json.ts'
import type { Case } from './case.ts'
import type { Verdict } from './decision.ts'
import { judgeGrantObject } from './grant-object.ts'
import { isOwnAccount } from './own-identity.ts'
import { allow, forbid } from './row.ts'

type Judge = (one: Case) => Verdict | Promise<Verdict>

const judges: Readonly<Record<string, Judge>> = {
  breakglassgrants: judgeGrantObject,
  auditcheckpoints: judgeCheckpoint,
  breakglassapprovals: judgeApproval,
  postmortems: judgePostMortem,
}

/** The kinds of our group that have rules of their own; in every mode, of every scope. */
export function judgeOfOwnKind({ request }: Case): Judge | undefined {
  const { group, resource } = request.resource
  if (group !== 'solewriter.dev' || !Object.hasOwn(judges, resource)) return undefined
  return judges[resource]
}

async function judgeApproval(one: Case): Promise<Verdict> {
  const { request, breakGlass, ground } = one
  const { operation, subresource, user } = request
  if (isOwnAccount(user, one.own)) return judgeOurs(one, ['UPDATE', 'DELETE'])
  if (operation !== 'CREATE' || subresource !== '' || one.who.kind !== 'human') {
    return forbid(one, 'people only make approvals, and nobody else does')
  }
  const approval = request.object ?? {}
  const unfit = whyNotApproval(approval, user)
  if (unfit !== undefined) return forbid(one, unfit)
  const grant = await breakGlass.grants.read(
    stringAt(approval, 'spec', 'grant') ?? '',
    ground.signal,
  )
  if (grant === undefined) return forbid(one, 'there is no such grant')
  const why = whyNotFor(grant, approval, user)
  return why === undefined ? allow('OwnObject', request.name) : forbid(one, why)
}

/** Nobody removes one, we ourselves included: it is what records that are gone are missed by. */
function judgeCheckpoint(one: Case): Verdict {
  return isOwnAccount(one.request.user, one.own)
    ? judgeOurs(one, ['CREATE', 'UPDATE'])
    : forbid(one, 'solewriter writes it, and nobody else does')
}

function judgePostMortem(one: Case): Verdict | Promise<Verdict> {
  const { request, changes, own } = one
  const { operation, subresource } = request
  const isUpdate = operation === 'UPDATE' && subresource === ''
  if (isOwnAccount(request.user, own)) {
    const isSpec = isUpdate && changes.all().some((path) => keyAt(path, 0) === 'spec')
    const why = isSpec ? 'people review it, and nobody else does' : whyNotTold(one)
    return why === undefined ? judgeOurs(one, ['CREATE', 'UPDATE']) : forbid(one, why)
  }
  if (one.who.kind !== 'human') return forbid(one, 'people review it, and nobody else does')
  const isReview =
    isUpdate &&
    changes.all().every((path) => keyAt(path, 0) === 'spec' && keyAt(path, 1) === 'review')
  return isReview ? judgeReview(one) : forbid(one, 'people may only set spec.review of it')
}

function whyNotTold({ request }: Case): string | undefined {
  const [before, after] = [request.oldObject, request.object].map((one) => at(one ?? {}, 'status'))
  if (request.subresource !== 'status') return undefined
  return whyNotNextStatus(before, after) ?? whyNotNextWrites(before, after)
}

async function judgeReview(one: Case): Promise<Verdict> {
  const { request, breakGlass, ground } = one
  const { object, oldObject, user, name } = request
  const [before, after] = [oldObject ?? {}, object ?? {}]
  const grantName = stringAt(before, 'spec', 'grant') ?? ''
  const grant = await breakGlass.grants.read(grantName, ground.signal)
  const why = whyNotReview({ before, after, grant, user, now: one.now() })
  return why === undefined ? allow('OwnObject', name) : forbid(one, why)
}

/** The object or its status. */
function judgeOurs(one: Case, operations: readonly string[]): Verdict {
  const { operation, subresource, name } = one.request
  const isTheirs = subresource === 'status' ? operation === 'UPDATE' : subresource === ''
  return isTheirs && operations.includes(operation)
    ? allow('OwnObject', name)
    : forbid(one, 'solewriter does nothing of the kind')
}
