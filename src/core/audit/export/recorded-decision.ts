import { at, isJsonObject, stringAt, type Json } from '../../manifest/json.ts'

/** What a line of a record file says of a decision. What an older one lacks is empty. */
export interface RecordedDecision {
  readonly time: string
  readonly cluster: string
  readonly decisionId: string
  readonly requestUid: string
  readonly op: string
  readonly dryRun: boolean
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly sub: string
  readonly ns: string
  readonly name: string
  readonly objUid: string
  readonly user: string
  readonly uid: string
  readonly groups: readonly string[]
  readonly cred: string
  readonly idClass: string
  readonly decision: 'allow' | 'deny'
  readonly wouldDeny: boolean
  readonly mode: string
  readonly reason: string
  /** Name of a writer, an exception or a grant. */
  readonly rule: string
  readonly git: RecordedGit | undefined
  readonly paths: readonly string[]
  readonly policy: string
  readonly writer: string
  readonly seq: number
}

interface RecordedGit {
  readonly repo: string
  readonly commit: string
  readonly path: string
  readonly evidence: string
  /** Whether Git shows it; else it was claimed only. */
  readonly verified: boolean
}

/** Undefined for what is no decision, such as a checkpoint. */
export function readDecision(record: Json | undefined): RecordedDecision | undefined {
  const text = (key: string) => stringAt(record, key) ?? ''
  const [decision, time] = [text('decision'), text('time')]
  if ((decision !== 'allow' && decision !== 'deny') || time === '') return undefined
  const seq = at(record, 'seq')
  return {
    ...resourceOf(text('gvr')),
    cluster: text('cluster'),
    cred: text('cred'),
    decision,
    decisionId: text('decisionId'),
    dryRun: at(record, 'dryRun') === true,
    git: gitOf(at(record, 'git')),
    groups: textsOf(at(record, 'groups')),
    idClass: text('idClass'),
    mode: text('mode'),
    name: text('name'),
    ns: text('ns'),
    objUid: text('objUid'),
    op: text('op'),
    paths: textsOf(at(record, 'paths')),
    policy: text('policy'),
    reason: text('reason'),
    requestUid: text('requestUid'),
    rule: text('rule'),
    seq: typeof seq === 'number' ? seq : 0,
    sub: text('sub'),
    time,
    uid: text('uid'),
    user: text('user'),
    wouldDeny: at(record, 'wouldDeny') === true,
    writer: text('writer'),
  }
}

/** `apps/v1/deployments`, `v1/pods`. */
function resourceOf(gvr: string) {
  const parts = gvr.split('/')
  const resource = parts.pop() ?? ''
  const version = parts.pop() ?? ''
  return { group: parts.join('/'), version, resource }
}

function gitOf(value: Json | undefined): RecordedGit | undefined {
  if (!isJsonObject(value)) return undefined
  const text = (key: string) => stringAt(value, key) ?? ''
  return {
    repo: text('repo'),
    commit: text('commit'),
    path: text('path'),
    evidence: text('evidence'),
    verified: value['verified'] === true,
  }
}

function textsOf(value: Json | undefined): readonly string[] {
  if (!Array.isArray(value)) return []
  return (value as readonly Json[]).filter((one) => typeof one === 'string')
}

/** `deployments.apps/scale`, `pods`. */
export function resourceText({
  group,
  resource,
  sub,
}: Pick<RecordedDecision, 'group' | 'resource' | 'sub'>): string {
  return `${resource}${group === '' ? '' : `.${group}`}${sub === '' ? '' : `/${sub}`}`
}

/** `pay/api`, `api`; nothing where the API server was still to make the name. */
export function objectText({ ns, name }: Pick<RecordedDecision, 'ns' | 'name'>): string {
  return ns === '' ? name : `${ns}/${name}`
}
