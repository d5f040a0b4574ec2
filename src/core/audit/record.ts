import type { AdmissionRequest, GroupVersionResource } from '../admission/request.ts'
import type { Decision } from '../decision/decision.ts'
import type { RequestDigests } from '../decision/fingerprint.ts'
import type { Reason } from '../decision/reasons.ts'
import { at, stringAt, type Json } from '../manifest/json.ts'
import type { Mode } from '../policy/schema.ts'
import { withoutCredentials } from '../provenance/repository-claim.ts'
import { allPrintable, printable } from './printable.ts'

/**
 * One decision, before it has its place in a chain. References, digests and paths: never a value of
 * an object. Every record has every key, so that columns are stable. An alias, since an interface
 * is no JSON object to TypeScript.
 */
export type AuditRecord = Room & {
  readonly time: string
  /** uid of the namespace kube-system. */
  readonly cluster: string
  readonly decisionId: string
  /** New for every call: one decision id may have several. */
  readonly requestUid: string
  readonly fingerprint: string
  readonly op: AdmissionRequest['operation']
  readonly dryRun: boolean
  /** `apps/v1/deployments`, `v1/pods`. */
  readonly gvr: string
  readonly sub: string
  readonly ns: string
  readonly name: string
  readonly objUid: string
  /** The version of the object that the request was made for. */
  readonly rv: string
  readonly user: string
  readonly uid: string
  readonly groups: readonly string[]
  /** How many there are, when `groups` is cut. */
  readonly groupCount: number
  readonly cred: string | null
  readonly idClass: Decision['identity']
  /** The answer. With `wouldDeny` it is an allow that only the mode gave. */
  readonly decision: 'allow' | 'deny'
  readonly wouldDeny: boolean
  readonly mode: Mode
  readonly reason: Reason
  readonly rule: string | null
  readonly git: RecordedProvenance | null
  readonly paths: readonly string[]
  /** What an exec starts: the first word of its command, of which `post` is the keyed digest. */
  readonly program: string | null
  readonly pre: string | null
  readonly post: string | null
  readonly latencyMs: number
  readonly policy: string
  readonly config: string
  /** SHA-256 of the certificate of whoever asked us. */
  readonly peer: string | null
}

/** What a chain fills in: see chain.ts and src/journal. */
type Room = {
  readonly [K in 'predecessor' | 'prev' | 'seq' | 'unrecorded' | 'v' | 'writer']?: undefined
}

/** What was claimed when `verified` is false, what Git showed when it is true. */
type RecordedProvenance = {
  readonly repo: string
  readonly commit: string
  readonly path: string | null
  readonly evidence: string
  readonly verified: boolean
}

export interface RecordInput {
  readonly request: AdmissionRequest
  readonly decision: Decision
  readonly digests: Omit<RequestDigests, 'fingerprint'>
  /** RFC 3339, in UTC. */
  readonly time: string
  readonly cluster: string
  readonly latencyMs: number
  /** Hash of the settings of this process. */
  readonly config: string
  readonly peer: string | undefined
}

const mostPaths = 20
const mostGroups = 64
const longestName = 256
const longestPath = 512
const credentialId = 'authentication.kubernetes.io/credential-id'

/**
 * In canonical order, with room for its place in a chain: then its text is made many times faster.
 * See record-text.ts.
 */
export function toRecord({
  request,
  decision,
  digests,
  time,
  cluster,
  latencyMs,
  config,
  peer,
}: RecordInput): AuditRecord {
  const { verdict, allowed } = decision
  const { user } = request
  const { gvr, name, ns, objUid, requestUid, rv, sub, uid, username } = namesIn(request)
  const [cred] = user.extra.get(credentialId) ?? []
  return {
    cluster,
    config,
    cred: cred === undefined ? null : short(cred),
    decision: allowed ? 'allow' : 'deny',
    decisionId: decision.id,
    dryRun: request.dryRun,
    fingerprint: decision.fingerprint,
    git: provenanceOf(decision),
    groupCount: user.groups.length,
    groups: allPrintable(user.groups.slice(0, mostGroups), longestName),
    gvr,
    idClass: decision.identity,
    latencyMs: Math.round(latencyMs * 10) / 10,
    mode: decision.mode,
    name,
    ns,
    objUid,
    op: request.operation,
    paths: allPrintable(decision.changed.slice(0, mostPaths), longestPath),
    peer: peer ?? null,
    policy: decision.policy,
    post: digests.post ?? null,
    pre: digests.pre ?? null,
    predecessor: undefined,
    prev: undefined,
    program: programOf(request),
    reason: verdict.reason,
    requestUid,
    rule: verdict.rule === undefined ? null : short(verdict.rule),
    rv,
    seq: undefined,
    sub,
    time,
    uid,
    unrecorded: undefined,
    user: username,
    v: undefined,
    wouldDeny: allowed && verdict.kind === 'deny',
    writer: undefined,
  }
}

/** Together, since most are told to be plain at a glance. */
function namesIn(request: AdmissionRequest) {
  const { user } = request
  const object = request.oldObject ?? request.object ?? undefined
  const [gvr, name, ns, objUid, requestUid, rv, sub, uid, username] = allPrintable(
    [
      gvrText(request.resource),
      request.name,
      request.namespace,
      stringAt(object, 'metadata', 'uid') ?? '',
      request.uid,
      stringAt(object, 'metadata', 'resourceVersion') ?? '',
      request.subresource,
      user.uid,
      user.username,
    ],
    longestName,
  )
  return { gvr, name, ns, objUid, requestUid, rv, sub, uid, username }
}

function gvrText({ group, version, resource }: GroupVersionResource): string {
  return group === '' ? `${version}/${resource}` : `${group}/${version}/${resource}`
}

/** Only the head of the first word: behind a space or an `=` an argument begins. */
function programOf({ operation, subresource, object }: AdmissionRequest): string | null {
  if (operation !== 'CONNECT' || subresource !== 'exec') return null
  const command = at(object ?? undefined, 'command')
  const first = Array.isArray(command) ? (command as readonly Json[])[0] : undefined
  return typeof first === 'string' ? (/^[\w./+-]{1,64}(?=$|\s)/.exec(first)?.[0] ?? null) : null
}

function provenanceOf({ verdict }: Decision): RecordedProvenance | null {
  const { provenance } = verdict
  if (provenance === undefined) return null
  // In canonical order, as record-text.ts likes it.
  return {
    commit: short(provenance.commit),
    evidence: short(provenance.evidence),
    path: provenance.path === undefined ? null : printable(provenance.path, longestPath),
    repo: short(withoutCredentials(provenance.repository)),
    verified: verdict.reason === 'VerifiedCommit',
  }
}

function short(text: string): string {
  return printable(text, longestName)
}
