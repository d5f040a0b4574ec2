import { targetName } from '../admission/target.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'

/** A recorded decision, for people: every key, whatever stands in the record. */
export interface DecisionFacts {
  readonly id: string
  /** RFC 3339. */
  readonly time: string
  readonly verdict: Verdict
  readonly dryRun: boolean
  readonly mode: string
  readonly reason: string
  readonly rule: string
  readonly user: string
  readonly groups: readonly string[]
  readonly groupCount: number
  readonly idClass: string
  readonly cred: string
  readonly op: string
  /** `deployments.apps pay/api`. */
  readonly object: string
  readonly version: string
  readonly git: GitFacts | undefined
  readonly paths: readonly string[]
  readonly program: string
  readonly pre: string
  readonly post: string
  readonly latencyMs: number | undefined
  readonly policy: string
  readonly cluster: string
  readonly peer: string
  /** Replica and run whose chain it is in. */
  readonly writer: string
  readonly seq: number
  readonly prev: string
  readonly requestUid: string
}

/** `would-deny`: a denial that only the mode turned into an allow. */
export type Verdict = 'allow' | 'deny' | 'would-deny'

interface GitFacts {
  readonly repo: string
  readonly commit: string
  readonly path: string
  readonly evidence: string
  readonly verified: boolean
}

/** Undefined for what is no decision. */
export function decisionFacts(record: Json | undefined): DecisionFacts | undefined {
  if (!isJsonObject(record)) return undefined
  const text = (key: string) => stringAt(record, key) ?? ''
  const [id, time] = [text('decisionId'), text('time')]
  if (id === '' || time === '') return undefined
  const { resource, version } = resourceOf(text('gvr'), text('sub'))
  return {
    id,
    time,
    verdict: verdictOf(record),
    dryRun: record['dryRun'] === true,
    mode: text('mode'),
    reason: text('reason'),
    rule: text('rule'),
    user: text('user'),
    groups: textsIn(record['groups']),
    groupCount: numberIn(record['groupCount']) ?? 0,
    idClass: text('idClass'),
    cred: text('cred'),
    op: text('op'),
    object: targetName(resource, text('ns'), text('name')),
    version,
    git: gitFacts(at(record, 'git')),
    paths: textsIn(record['paths']),
    program: text('program'),
    pre: text('pre'),
    post: text('post'),
    latencyMs: numberIn(record['latencyMs']),
    policy: text('policy'),
    cluster: text('cluster'),
    peer: text('peer'),
    writer: text('writer'),
    seq: numberIn(record['seq']) ?? 0,
    prev: text('prev'),
    requestUid: text('requestUid'),
  }
}

function verdictOf(record: JsonObject): Verdict {
  if (record['decision'] !== 'allow') return 'deny'
  return record['wouldDeny'] === true ? 'would-deny' : 'allow'
}

/** `apps/v1/deployments` and `scale`: `deployments.apps/scale` of version v1. */
function resourceOf(gvr: string, sub: string) {
  const parts = gvr.split('/')
  const plural = parts.at(-1) ?? ''
  const group = parts.length > 2 ? `.${parts[0] ?? ''}` : ''
  const resource = `${plural}${group}${sub === '' ? '' : `/${sub}`}`
  return { resource, version: parts.at(-2) ?? '' }
}

function gitFacts(git: Json | undefined): GitFacts | undefined {
  if (!isJsonObject(git)) return undefined
  const text = (key: string) => stringAt(git, key) ?? ''
  return {
    repo: text('repo'),
    commit: text('commit'),
    path: text('path'),
    evidence: text('evidence'),
    verified: git['verified'] === true,
  }
}

function numberIn(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function textsIn(value: Json | undefined): readonly string[] {
  return Array.isArray(value)
    ? (value as readonly Json[]).filter((one) => typeof one === 'string')
    : []
}

/** Where a decision stands among all of them: newest first by time, then by place in its chain. */
export interface Position {
  readonly time: string
  readonly writer: string
  readonly seq: number
}

/** Negative when `a` is older. */
export function comparePositions(a: Position, b: Position): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1
  if (a.writer !== b.writer) return a.writer < b.writer ? -1 : 1
  return a.seq - b.seq
}

export function positionText({ time, writer, seq }: Position): string {
  return `${time}~${seq}~${writer}`
}

export function parsePosition(text: string): Position | undefined {
  const [, time, seq, writer] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z)~(\d{1,15})~([^~]{0,200})$/.exec(text) ?? []
  if (time === undefined || writer === undefined) return undefined
  return { time, seq: Number(seq), writer }
}
