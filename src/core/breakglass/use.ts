import { createHash, createHmac } from 'node:crypto'
import type { AdmissionRequest, Operation } from '../admission/request.ts'
import { targetOf as objectOf } from '../admission/target.ts'
import { changedPaths } from '../manifest/changes.ts'
import type { FieldPath } from '../manifest/field-path.ts'
import { at, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { diffOf, type DiffRow } from './diff.ts'
import { givesToOthers, ownersOf } from './field-owners.ts'
import { digestAt, keptPaths } from './field-values.ts'
import { momentOf, momentText } from './moment.ts'

/**
 * One write admitted under a grant, as `status.uses` has it. An alias, since an interface is no JSON
 * object to TypeScript.
 */
export type Use = {
  /** From 1. */
  readonly n: number
  readonly fingerprint: string
  readonly decisionId: string
  /** RFC 3339. */
  readonly time: string
  readonly op: Operation
  readonly target: UseTarget
  /** What it changes; `*` for a whole object, none for a CONNECT. */
  readonly paths: readonly string[]
  /** Digests of what stood and what will stand at `paths`, keyed for Secrets. */
  readonly pre?: string
  readonly post?: string
  /** The values at `paths`, as far as they may be told and there is room. */
  readonly diff?: readonly DiffRow[]
  readonly diffTruncated?: true
  /** What an exec starts: the first word of its command, and a keyed digest of all of them. */
  readonly program?: string
  readonly command?: string
  /** The heads of each repository at that moment. */
  readonly tips: readonly UseTip[]
  /** Until somebody has looked: see confirmation.ts. */
  readonly state: 'Admitted'
}

type UseTarget = {
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  /** Of the object that a subresource belongs to; absent where only the cluster knows it. */
  readonly kind?: string
  readonly name: string
  readonly uid: string
}

type UseTip = {
  readonly repository: string
  readonly branch: string
  readonly commit: string
}

/** What is read of a stored use; the rest is for others. */
export interface StoredUse {
  readonly n: number
  readonly fingerprint: string
  /** Epoch ms. */
  readonly time: number
}

/** A write under judgement, and what is known of it. */
export interface GrantedWrite {
  readonly request: AdmissionRequest
  /** See changedFields. */
  readonly changed: readonly FieldPath[]
  /** Digest of the new object without what the server keeps, or of the options of a deletion; keyed for what is confidential. */
  readonly content: string
  readonly decisionId: string
  readonly tips: readonly UseTip[]
  /** Hides values that could be guessed. */
  readonly digestKey: Uint8Array
}

/** The API server asks again at most this long after: its own requests end before. */
const window = 60_000
/** Each session is a new one, but kubectl asks again by another protocol where the first is not spoken. */
const sessionWindow = 5_000

/**
 * Equal for one write of a grant, however often the API server asks about it; not for one on a later
 * object of the same name, nor for one that changes anything else, which `content` does not show of a
 * status or of managedFields.
 */
export function useFingerprint(grant: string, write: GrantedWrite): string {
  const { request, content } = write
  const { group, version, resource } = request.resource
  const { operation, subresource, namespace, name } = request
  const text = JSON.stringify([
    grant,
    [group, version, resource, subresource],
    [namespace, name, uidOf(request)],
    operation,
    content,
    // Not what stood there: whoever asks again may ask about what has moved on.
    ...(operation === 'UPDATE' ? [changeOf(request.object, write)] : []),
  ])
  return `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`
}

/** The use that this is a re-run of. */
export function sameUse(
  uses: readonly StoredUse[],
  { fingerprint, now, operation }: Asked,
): StoredUse | undefined {
  const most = operation === 'CONNECT' ? sessionWindow : window
  return uses.find((one) => one.fingerprint === fingerprint && Math.abs(now - one.time) <= most)
}

interface Asked {
  readonly fingerprint: string
  /** Epoch ms. */
  readonly now: number
  readonly operation: Operation
}

/** `time` in epoch ms. */
export function toUse(write: GrantedWrite, { n, fingerprint, time }: StoredUse): Use {
  const { request, changed, decisionId, tips, digestKey } = write
  const { paths, digest: post } = changeOf(request.object, write)
  const { digest: pre } = changeOf(request.oldObject, write)
  return {
    n,
    fingerprint,
    decisionId,
    time: momentText(time),
    op: request.operation,
    target: targetOf(request),
    paths,
    ...(pre !== undefined && { pre }),
    ...(post !== undefined && { post }),
    ...diffOf(request, changed),
    ...started(request, digestKey),
    tips,
    state: 'Admitted',
  }
}

/** Undefined unless all of it is as it was stored: what cannot be counted admits nothing. */
export function readUses(list: Json | undefined): readonly StoredUse[] | undefined {
  if (list === undefined) return []
  if (!Array.isArray(list)) return undefined
  const uses = (list as readonly Json[]).map(readUse)
  const isWhole = uses.every((use): use is StoredUse => use !== undefined)
  return isWhole && new Set(uses.map(({ n }) => n)).size === uses.length ? uses : undefined
}

function readUse(use: Json): StoredUse | undefined {
  const n = at(use, 'n')
  const fingerprint = stringAt(use, 'fingerprint')
  const time = momentOf(stringAt(use, 'time'))
  if (typeof n !== 'number' || fingerprint === undefined || time === undefined) return undefined
  return { n, fingerprint, time }
}

/** What one of the two objects says where the write changes it. */
function changeOf(object: JsonObject | null, { request, changed, digestKey }: GrantedWrite) {
  const paths = pathsOf(request, changed)
  return { paths, digest: digestAt(object, paths, isSecret(request) ? digestKey : undefined) }
}

/** A whole object comes or goes with CREATE and DELETE. */
function pathsOf({ operation }: AdmissionRequest, changed: readonly FieldPath[]) {
  if (operation === 'CONNECT') return []
  return operation === 'UPDATE' ? keptPaths(changed) : ['*']
}

/** Of a name that is generated, and of what goes with a collection, only the object says the name. */
function targetOf(request: AdmissionRequest): UseTarget {
  const { resource, subresource, namespace, object, oldObject } = request
  const kind = objectOf(request)?.kind
  const said = stringAt(oldObject ?? object ?? undefined, 'metadata', 'name') ?? ''
  const name = request.name === '' ? said : request.name
  const known = kind === undefined ? {} : { kind }
  return { ...resource, subresource, namespace, ...known, name, uid: uidOf(request) }
}

/** Of what is there already: what is created has another one each time it is asked about. */
function uidOf({ oldObject }: AdmissionRequest): string {
  return stringAt(oldObject ?? undefined, 'metadata', 'uid') ?? ''
}

function isSecret({ resource }: AdmissionRequest): boolean {
  return resource.group === '' && resource.resource === 'secrets'
}

/** Arguments are few enough to be guessed, so their digest is keyed. */
function started(
  { operation, object }: AdmissionRequest,
  key: Uint8Array,
): Pick<Use, 'program' | 'command'> {
  const command = operation === 'CONNECT' ? at(object ?? undefined, 'command') : undefined
  if (!Array.isArray(command)) return {}
  const [first] = command as readonly Json[]
  const program = typeof first === 'string' ? /^[\w./+-]{1,64}(?=$|\s)/.exec(first)?.[0] : undefined
  const digest = createHmac('sha256', key).update(JSON.stringify(command), 'utf8').digest('hex')
  return { ...(program !== undefined && { program }), command: `hmac-sha256:${digest}` }
}

const managers: FieldPath = ['metadata', 'managedFields'].map((key) => ({ kind: 'key', key }))

/**
 * What a grant has to cover: also who owns which field, where nothing else changes or others gain by
 * it, since that decides what a later apply removes.
 */
export function grantedChanges(
  request: AdmissionRequest,
  changed: readonly FieldPath[],
): readonly FieldPath[] {
  const { operation, object, oldObject } = request
  if (operation !== 'UPDATE') return changed
  if (changed.length > 0) return givesToOthers(request) ? [...changed, managers] : changed
  const isSame = changedPaths(ownersOf(oldObject), ownersOf(object), 1).length === 0
  return isSame ? [] : [managers]
}
