import { redactText } from '../../telemetry/redact.ts'
import { credentialOf, noCredential } from '../../core/breakglass/credential.ts'
import { grantKind } from '../../core/breakglass/grant.ts'
import { GuardError } from '../../core/errors.ts'
import { isJsonObject, at, stringAt, type Json, type JsonObject } from '../../core/manifest/json.ts'
import { isGood, patchType, unexpected, type ApiAnswer } from '../../kubernetes/api.ts'
import { isObjectName, pathOf } from '../../kubernetes/paths.ts'
import { UsageError } from '../exit.ts'
import type { Session } from './cluster.ts'
import { grantManifest } from './manifest.ts'
import { Refused } from './refused.ts'
import { wayOutOf } from './ways-out.ts'

const collection = {
  group: grantKind.group,
  version: grantKind.version,
  resource: 'breakglassgrants',
  namespace: '',
}

/** Throws Refused, with the way out. */
export async function createGrant(
  name: string,
  token: string,
  { api, env, me }: Session,
): Promise<JsonObject> {
  // Where the API server does not say with what people log in, they have to say so.
  const credential = credentialOf(me) === noCredential ? noCredential : undefined
  const answer = await api.send({
    method: 'POST',
    path: pathOf(collection),
    body: grantManifest(name, token, credential),
    signal: env.signal,
  })
  if (answer.status === 409) {
    throw new Refused(
      `Used: the token has been used already: there is a grant ${name}.\n${wayOutOf('Used')} What became of it: kubectl breakglass status ${name}`,
    )
  }
  return objectIn(answer, 'create breakglassgrants', token)
}

export async function getGrant(name: string, session: Session): Promise<JsonObject> {
  const answer = await readGrantObject(name, session)
  if (isMissing(answer)) throw new Refused(`there is no grant ${name}`)
  return objectIn(answer, `get breakglassgrants ${name}`)
}

/** Undefined for who may not read it, or cannot just now. */
export async function findGrant(name: string, session: Session): Promise<JsonObject | undefined> {
  const answer = await readGrantObject(name, session)
  return isGood(answer) && isJsonObject(answer.body) ? answer.body : undefined
}

export async function listGrants({ api, env }: Session): Promise<readonly JsonObject[]> {
  const answer = await api.send({ method: 'GET', path: pathOf(collection), signal: env.signal })
  const items = at(objectIn(answer, 'list breakglassgrants'), 'items')
  return Array.isArray(items) ? (items as readonly Json[]).filter(isJsonObject) : []
}

/** What people may change of one: `spec.ended` and `spec.revoked`. */
export async function changeGrant(
  name: string,
  spec: JsonObject,
  { api, env }: Session,
): Promise<JsonObject> {
  const answer = await api.send({
    method: 'PATCH',
    path: pathOf(collection, checkedName(name)),
    body: { spec },
    headers: patchType.merge,
    signal: env.signal,
  })
  if (isMissing(answer)) throw new Refused(`there is no grant ${name}`)
  return objectIn(answer, `patch breakglassgrants ${name}`)
}

/** Whether it is new: a second approval by the same person is the same. */
export async function createApproval(
  name: string,
  spec: JsonObject,
  { api, env }: Session,
): Promise<boolean> {
  const answer = await api.send({
    method: 'POST',
    path: pathOf({ ...collection, resource: 'breakglassapprovals' }),
    body: {
      apiVersion: `${grantKind.group}/${grantKind.version}`,
      kind: 'BreakGlassApproval',
      metadata: { name },
      spec,
    },
    signal: env.signal,
  })
  if (answer.status === 409) return false
  objectIn(answer, 'create breakglassapprovals')
  return true
}

function readGrantObject(name: string, { api, env }: Session): Promise<ApiAnswer> {
  const path = pathOf(collection, checkedName(name))
  return api.send({ method: 'GET', path, signal: env.signal })
}

function checkedName(name: string): string {
  if (isObjectName(name)) return name
  throw new UsageError(`${name} is no name of a grant: they begin with bg-`)
}

export function isMissing({ status, body }: ApiAnswer): boolean {
  return status === 404 && stringAt(body, 'details', 'name') !== undefined
}

/** Throws Refused, UsageError or ClusterUnreachable for what is no object. */
export function objectIn(answer: ApiAnswer, what: string, token = ''): JsonObject {
  if (isGood(answer) && isJsonObject(answer.body)) return answer.body
  const { status } = answer
  if (status === 404) {
    throw new UsageError('this cluster knows no break-glass grants: solewriter is not installed')
  }
  const message = without(token, stringAt(answer.body, 'message') ?? '')
  if (/failed calling webhook/.test(message)) {
    throw new GuardError('ClusterUnreachable', `${message}\n${gateIsDown}`)
  }
  if (status === 403 || status === 422) throw new Refused(refusalText(message))
  throw unexpected(what, answer)
}

const gateIsDown =
  'solewriter itself does not answer, so no grant can be made: solewriter emergency off, see docs/emergency.md.'

/** The webhook's own words, and what to do about them. */
function refusalText(message: string): string {
  const words = message.replace(/^.*?denied the request: /, '')
  const [, rule] = /^\[TokenRefused\] \S+ \S+: (\w+): /.exec(words) ?? []
  if (rule !== undefined) return `${words}\n${wayOutOf(rule)}`
  return words === '' ? 'the API server refuses it without a word' : words
}

/** The API server quotes what it does not like. */
function without(token: string, message: string): string {
  const parts = token === '' ? [] : [token, ...token.split('.')]
  let clean = message
  for (const part of parts.filter(({ length }) => length > 8)) {
    clean = clean.replaceAll(part, '[token]')
  }
  return redactText(clean)
}
