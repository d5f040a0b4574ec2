import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../core/manifest/json.ts'
import { isGood, unexpected, type Api } from './api.ts'

/** What the cluster says of somebody with a token. */
export type ViewerReview =
  | { readonly kind: 'viewer'; readonly username: string }
  /** Known, and without the right to look. */
  | { readonly kind: 'not-allowed'; readonly username: string }
  | { readonly kind: 'unknown' }

/** What a token may be made for that opens the console and nothing else. */
export const consoleAudience = 'solewriter-console'

/** What RBAC has to give: `nonResourceURLs: [/solewriter/console]`, `verbs: [get]`. */
export const consolePath = '/solewriter/console'

/** Rejects with ClusterUnreachable: then nobody is let in. */
export async function reviewViewer(
  api: Api,
  token: string,
  signal: AbortSignal,
): Promise<ViewerReview> {
  const user =
    (await authenticate(api, { token, audiences: [consoleAudience] }, signal)) ??
    // Of the API server itself: what people and their proxies have.
    (await authenticate(api, { token, audiences: [] }, signal))
  if (user === undefined) return { kind: 'unknown' }
  const { username } = user
  const isAllowed = await mayLook(api, user, signal)
  return isAllowed ? { kind: 'viewer', username } : { kind: 'not-allowed', username }
}

interface User {
  readonly username: string
  readonly uid: string
  readonly groups: readonly Json[]
  readonly extra: JsonObject
}

async function authenticate(
  api: Api,
  spec: { readonly token: string; readonly audiences: readonly string[] },
  signal: AbortSignal,
): Promise<User | undefined> {
  const answer = await api.send({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/tokenreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { ...spec } },
    signal,
  })
  if (!isGood(answer)) throw unexpected('create tokenreviews', answer)
  const status = at(answer.body, 'status')
  if (at(status, 'authenticated') !== true || !isMeant(status, spec.audiences)) return undefined
  return userIn(at(status, 'user'))
}

/** An authenticator that knows nothing of audiences answers without: then ours was not looked at. */
function isMeant(status: Json | undefined, asked: readonly string[]): boolean {
  if (asked.length === 0) return true
  const found = listOf(at(status, 'audiences'))
  return asked.every((audience) => found.includes(audience))
}

function userIn(user: Json | undefined): User | undefined {
  const username = stringAt(user, 'username') ?? ''
  if (username === '' || username === 'system:anonymous') return undefined
  const extra = at(user, 'extra')
  return {
    username,
    uid: stringAt(user, 'uid') ?? '',
    groups: listOf(at(user, 'groups')),
    extra: isJsonObject(extra) ? extra : {},
  }
}

async function mayLook(
  api: Api,
  { username, uid, groups, extra }: User,
  signal: AbortSignal,
): Promise<boolean> {
  const spec = {
    user: username,
    uid,
    groups,
    extra,
    nonResourceAttributes: { path: consolePath, verb: 'get' },
  }
  const answer = await api.send({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec },
    signal,
  })
  if (!isGood(answer)) throw unexpected('create subjectaccessreviews', answer)
  const status = at(answer.body, 'status')
  return at(status, 'allowed') === true && at(status, 'denied') !== true
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}
