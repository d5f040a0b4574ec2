import { momentOf } from '../../breakglass/moment.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import { printable } from '../printable.ts'

/** One event of the API server's audit log, as far as it is looked at: never a body, never a URL. */
export interface ApiEvent {
  /** Of a request, which may have several events. Clients may choose it: it is no key by itself. */
  readonly auditId: string
  readonly stage: string
  /** Epoch ms by the clock of the API server. */
  readonly receivedAt: number
  /** The same as it is written, to the microsecond. */
  readonly received: string
  readonly endedAt: number
  readonly verb: string
  /** On whose behalf: the one who is impersonated, where somebody is. */
  readonly user: EventUser
  /** Who it really was, when that is somebody else. */
  readonly impersonator: string | undefined
  readonly target: Target
  /** By the URL: for a deletion its body counts, and no event shows it at this level. */
  readonly saysDryRun: boolean
  readonly answer: Answer
  /** What we said, if we were asked. */
  readonly ours: OurWords | undefined
  /** We were asked, gave no answer in time, and the write went on. */
  readonly hasFailedOpen: boolean
  /** RBAC or another authorizer refused before any admission. */
  readonly isForbidden: boolean
  /** The last one is what the API server saw; those before it are what the client says. */
  readonly sourceIps: readonly string[]
}

export interface EventUser {
  readonly username: string
  readonly uid: string
  readonly groups: readonly string[]
  readonly extra: JsonObject
}

export interface Target {
  readonly group: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  /** Empty for a collection, and for what the API server was to name. */
  readonly name: string
}

interface Answer {
  /** Zero when there is none. */
  readonly code: number
  /** The API server itself says no; what is behind a proxy answers by a code alone. */
  readonly isFailure: boolean
  /** Some webhook refused, or could not be asked. */
  readonly isOfAdmission: boolean
  /** Of a deleted collection, where the log holds bodies. */
  readonly items: number | undefined
}

interface OurWords {
  readonly decisionId: string
  readonly decision: string
  readonly recordHash: string | undefined
}

/** Of ours, in its configuration: the API server puts it before each of our annotations. */
export const webhookName = 'writes.solewriter.dev'
const ours = (key: string) => `${webhookName}/${key}`
const failedOpen = 'failed-open.validating.webhook.admission.k8s.io/'
const ofAdmission = /^(?:Internal error occurred: )?(?:failed calling webhook|admission webhook) "/

const longest = 256

/** Undefined for what is no event; 'none' for an event about no resource. */
export function readEvent(line: Json): ApiEvent | 'none' | undefined {
  const times = timesOf(line)
  const [auditId, verb] = [stringAt(line, 'auditID'), stringAt(line, 'verb')]
  if (times === undefined || auditId === undefined || verb === undefined) return undefined
  const target = targetOf(at(line, 'objectRef'))
  if (target === undefined) return 'none'
  const annotations = at(line, 'annotations')
  const impersonated = at(line, 'impersonatedUser')
  const own = at(line, 'user')
  const isImpersonated = isJsonObject(impersonated)
  return {
    auditId: short(auditId),
    stage: stringAt(line, 'stage') ?? '',
    ...times,
    received: stringAt(line, 'requestReceivedTimestamp') ?? '',
    verb,
    user: userOf(isImpersonated ? impersonated : own),
    impersonator: isImpersonated ? short(stringAt(own, 'username')) : undefined,
    target,
    saysDryRun: saysDryRun(stringAt(line, 'requestURI') ?? ''),
    answer: answerOf(line),
    ours: ourWords(annotations),
    hasFailedOpen: hasFailedOpen(annotations),
    isForbidden: stringAt(annotations, 'authorization.k8s.io/decision') === 'forbid',
    sourceIps: fewOf(textsAt(line, 'sourceIPs')),
  }
}

export function timesOf(line: Json): { receivedAt: number; endedAt: number } | undefined {
  const receivedAt = momentOf(stringAt(line, 'requestReceivedTimestamp'))
  const endedAt = momentOf(stringAt(line, 'stageTimestamp'))
  return receivedAt === undefined || endedAt === undefined ? undefined : { receivedAt, endedAt }
}

function targetOf(reference: Json | undefined): Target | undefined {
  const resource = stringAt(reference, 'resource')
  if (resource === undefined) return undefined
  return {
    group: short(stringAt(reference, 'apiGroup')),
    resource: short(resource),
    subresource: short(stringAt(reference, 'subresource')),
    namespace: short(stringAt(reference, 'namespace')),
    name: short(stringAt(reference, 'name')),
  }
}

function userOf(user: Json | undefined): EventUser {
  const extra = at(user, 'extra')
  return {
    username: short(stringAt(user, 'username')),
    uid: short(stringAt(user, 'uid')),
    groups: textsAt(user, 'groups'),
    extra: isJsonObject(extra) ? extra : {},
  }
}

function answerOf(line: Json): Answer {
  const status = at(line, 'responseStatus')
  const code = at(status, 'code')
  const items = at(line, 'responseObject', 'items')
  return {
    code: typeof code === 'number' ? code : 0,
    isFailure: stringAt(status, 'status') === 'Failure',
    isOfAdmission: ofAdmission.test(stringAt(status, 'message') ?? ''),
    items: Array.isArray(items) ? items.length : undefined,
  }
}

function ourWords(annotations: Json | undefined): OurWords | undefined {
  const decisionId = stringAt(annotations, ours('decision-id'))
  const decision = stringAt(annotations, ours('decision'))
  if (decisionId === undefined || decision === undefined) return undefined
  return { decisionId, decision, recordHash: stringAt(annotations, ours('record-hash')) }
}

function hasFailedOpen(annotations: Json | undefined): boolean {
  return (
    isJsonObject(annotations) &&
    Object.entries(annotations).some(
      ([key, value]) => key.startsWith(failedOpen) && value === webhookName,
    )
  )
}

/** Only where every reader of URLs agrees: what differs was dropped by one of them. */
function saysDryRun(uri: string): boolean {
  const query = /\?(.*)$/s.exec(uri)?.[1]
  if (query === undefined) return false
  const values = new URLSearchParams(query).getAll('dryRun')
  return values.length > 0 && values.every((value) => value === 'All')
}

function textsAt(value: Json | undefined, key: string): readonly string[] {
  const list = at(value, key)
  if (!Array.isArray(list)) return []
  return (list as readonly Json[]).filter((one) => typeof one === 'string')
}

const mostIps = 5

/** Anybody may send any number of them: of many the first ones, and the last. */
function fewOf(ips: readonly string[]): readonly string[] {
  return ips.length > mostIps ? [...ips.slice(0, mostIps - 1), ...ips.slice(-1)] : ips
}

/** As records hold it: both sides are compared. */
function short(text: string | undefined): string {
  return printable(text ?? '', longest)
}
