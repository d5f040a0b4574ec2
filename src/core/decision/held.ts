import { digestAt } from '../breakglass/field-values.ts'
import type { Held } from '../breakglass/held-status.ts'
import { openUses, type OpenUse, type UsedObject } from '../breakglass/hold.ts'
import { momentText } from '../breakglass/moment.ts'
import { GuardError } from '../errors.ts'
import { covers, keyAt, type FieldPath } from '../manifest/field-path.ts'
import { patternsOf } from '../manifest/field-patterns.ts'
import { at, stringAt, type JsonObject } from '../manifest/json.ts'
import { commitAnnotation, repositoryAnnotation } from '../manifest/own-annotations.ts'
import type { Writer } from '../policy/schema.ts'
import type { Provenance } from '../provenance/proof.ts'
import type { Case } from './case.ts'
import type { Verdict } from './decision.ts'
import { isAsDeclaredThen } from './declared-then.ts'
import { deny } from './row.ts'

/** A write that Git has been shown to want. */
export interface Proven {
  readonly writer: Writer
  readonly provenance: Provenance
}

/**
 * Why a write that Git has been shown to want has to wait all the same: it would undo what was done in
 * an emergency, and Git has not changed its mind since. A service to whoever is on call, no defence: what
 * cannot be told lets it pass.
 */
export async function heldBy(one: Case, proven: Proven): Promise<Verdict | undefined> {
  const on = usedObject(one)
  const { breakGlass } = one
  const grants = breakGlass.grants.usedOn(on)
  for (const grant of grants) {
    for (const use of openUsesIn(grant, on, one)) {
      const touched = touchedBy(use, one, proven)
      if (touched === undefined) continue
      const isSame = await isAsDeclaredThen({ use, touched, provenance: proven.provenance }, one)
      if (isSame && (await isStillOpen(use, on, one))) return held(use, one, proven)
    }
  }
  return undefined
}

function usedObject({ request, target }: Case): UsedObject {
  const { resource, namespace, name } = request
  const { group, resource: plural } = resource
  return { group, resource: plural, namespace, name: name === '' ? (target?.name ?? '') : name }
}

function openUsesIn(grant: JsonObject, on: UsedObject, one: Case): readonly OpenUse[] {
  const { policy, breakGlass } = one
  return openUses(grant, on, { policy, issuers: breakGlass.issuers, now: one.now() })
}

/** What a watch has seen may be a moment old, and nothing is denied for that. */
async function isStillOpen(use: OpenUse, on: UsedObject, one: Case): Promise<boolean> {
  try {
    const grant = await one.breakGlass.grants.read(use.grant, one.ground.signal)
    return grant !== undefined && openUsesIn(grant, on, one).some(({ n }) => n === use.n)
  } catch (error) {
    if (error instanceof GuardError && error.code === 'ClusterUnreachable') return false
    throw error
  }
}

/**
 * The paths of the use that this write takes back; undefined if it takes back nothing. What was deleted
 * comes back by a CREATE, what was created goes by a DELETE.
 */
function touchedBy(use: OpenUse, one: Case, proven: Proven): readonly string[] | undefined {
  const { operation, subresource } = one.request
  if (use.op !== 'UPDATE') {
    const isWhole = use.subresource === '' && subresource === ''
    return isWhole && operation === undoing[use.op] ? ['*'] : undefined
  }
  if (!isSameObject(use, one)) return undefined
  const touched = use.paths.filter((path) => isTouched(path, one.changes.all()))
  // At level content each field that changes was shown to be what Git says.
  const isBack = proven.writer.verify === 'content' || isPutBack(use, one)
  return touched.length > 0 && isBack ? touched : undefined
}

const undoing = { DELETE: 'CREATE', CREATE: 'DELETE' } as const
const replicasOrAll: readonly string[] = ['', 'scale']

/** Not a later one of the same name; what it scales is a field of it. */
function isSameObject(use: OpenUse, one: Case): boolean {
  const { operation, subresource } = one.request
  const isPlace = [use.subresource, subresource].every((name) => replicasOrAll.includes(name))
  return isPlace && operation === 'UPDATE' && uidOf(one) === use.uid
}

function uidOf({ request }: Case): string {
  return stringAt(request.oldObject ?? undefined, 'metadata', 'uid') ?? ''
}

/** Those of whoever applies: they say nothing of what the object is for. */
const bookkeeping: readonly string[] = [
  repositoryAnnotation,
  commitAnnotation,
  'kubectl.kubernetes.io/last-applied-configuration',
]

function isTouched(text: string, changed: readonly FieldPath[]): boolean {
  const [pattern = []] = patternsOf([text])
  return changed.some((path) => !isBookkeeping(path) && covers(pattern.slice(0, path.length), path))
}

function isBookkeeping(path: FieldPath): boolean {
  const isAnnotation = keyAt(path, 0) === 'metadata' && keyAt(path, 1) === 'annotations'
  return isAnnotation && bookkeeping.includes(keyAt(path, 2) ?? '')
}

/** All that stood there stands there again. */
function isPutBack(use: OpenUse, { request, digestKey }: Case): boolean {
  const { group, resource } = request.resource
  const key = group === '' && resource === 'secrets' ? digestKey : undefined
  const image = imageFor(use, request.object)
  return use.pre !== undefined && digestAt(image, use.paths, key) === use.pre
}

/** A Scale has no replicas where there are none of them. */
function imageFor({ subresource }: OpenUse, object: JsonObject | null): JsonObject | null {
  if (subresource !== 'scale' || object === null) return object
  const replicas = at(object, 'spec', 'replicas') ?? 0
  return { spec: replicas === 0 ? {} : { replicas } }
}

function held(use: OpenUse, one: Case, { writer, provenance }: Proven): Verdict {
  const { grant, n, until, op } = use
  const now = one.now()
  const commit = `${provenance.repository}@${provenance.commit}`
  const shown = `${provenance.repository}@${provenance.commit.slice(0, 12)}`
  const mark: Held = { grant, use: n, at: now, by: writer.name, commit, until }
  if (!one.request.dryRun && one.scope.mode === 'enforce') one.breakGlass.onHeld?.(mark)
  const what = op === 'UPDATE' ? use.paths.slice(0, 3).join(', ') : `its ${op}`
  const message = [
    `${one.title}: break-glass ${grant} use ${n} changed this (${what}), and ${shown} says what Git said then.`,
    `It is held back for ${leftText(until - now)} more, until ${momentText(until)}.`,
    'To let it pass, put the change into Git, say "Break-Glass-Resolves: ' +
      `${grant}" in a commit, or kubectl breakglass revoke ${grant}.`,
  ].join(' ')
  return deny('ReconcileHeld', message, { rule: writer.name, paths: use.paths.slice(0, 10) })
}

/** `29m 10s`, `40s` */
function leftText(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  const minutes = Math.floor(seconds / 60)
  return minutes === 0 ? `${seconds}s` : `${minutes}m ${seconds % 60}s`
}
