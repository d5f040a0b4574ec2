import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import type { Policy } from '../policy/schema.ts'
import { readGrant } from './grant.ts'
import { listOf, matching, members, oneOf, type Shape } from './shape.ts'
import type { TrustedIssuer } from './token.ts'
import { readUses } from './use.ts'

/** An object that a use wrote, or any part of it. */
export interface UsedObject {
  readonly group: string
  readonly resource: string
  readonly namespace: string
  readonly name: string
}

/** A use that Git has not caught up with, while engines are kept from undoing it. */
export interface OpenUse {
  readonly grant: string
  readonly n: number
  readonly op: 'CREATE' | 'UPDATE' | 'DELETE'
  readonly subresource: string
  readonly uid: string
  readonly paths: readonly string[]
  /** Digest of what stood at `paths`. */
  readonly pre: string | undefined
  readonly tips: readonly { repository: string; branch: string; commit: string }[]
  /** Epoch ms. */
  readonly time: number
  readonly until: number
}

/** What a hold depends on beside the grant. */
export interface HoldBounds {
  readonly policy: Policy
  readonly issuers: ReadonlyMap<string, TrustedIssuer>
  /** Epoch ms. */
  readonly now: number
}

export function usedKey({ group, resource, namespace, name }: UsedObject): string {
  return JSON.stringify([group, resource, namespace, name])
}

/** Keys of the objects that unresolved uses of a grant wrote, to find the grant by. */
export function openKeys(grant: JsonObject): ReadonlySet<string> {
  const open = usesOf(grant).filter(isOpen)
  return new Set(open.map((use) => usedKey(targetOf(use))))
}

/**
 * Uses of the grant on this object whose hold is in force: until the grant or its key counts no more,
 * or the time is over that grant and policy give.
 */
export function openUses(
  object: JsonObject,
  on: UsedObject,
  bounds: HoldBounds,
): readonly OpenUse[] {
  const grant = readGrant(object)
  if (grant?.status === undefined || isStopped(grant, bounds)) return []
  const key = usedKey(on)
  const longest = longestHold(object, bounds)
  const { name, status } = grant
  return usesOf(object)
    .filter((use) => isOpen(use) && usedKey(targetOf(use)) === key)
    .flatMap((use) => readOpen(use, name, longest) ?? [])
    .filter(({ until, n }) => bounds.now < until && status.uses.some((one) => one.n === n))
}

/** Whoever revokes, or takes a key away, wants nothing of it to stay. */
function isStopped(
  { revokedBy, isBeingDeleted, status }: NonNullable<ReturnType<typeof readGrant>>,
  { policy, issuers }: HoldBounds,
): boolean {
  const isLocked = policy.spec.breakGlass.lockdown
  if (revokedBy !== undefined || isBeingDeleted || isLocked) return true
  const isTrusted = (one: TrustedIssuer) => one.name === status?.issuer && one.keys.has(status.kid)
  return ![...issuers.values()].some(isTrusted)
}

/** Which rule is the holder's depends on groups that nobody can ask for now: never more than any gives. */
function longestHold(grant: JsonObject, { policy }: HoldBounds): number {
  const seconds = at(grant, 'status', 'holdSeconds')
  const { rules } = policy.spec.breakGlass
  const most = Math.max(0, ...rules.map(({ reconcileHold }) => reconcileHold))
  return typeof seconds === 'number' ? Math.min(seconds * 1000, most) : 0
}

const anyText = matching(/^/, 'a text')
const texts = listOf(anyText, Infinity)
const orNone =
  (list: Shape): Shape =>
  (value, place) =>
    Array.isArray(value) && value.length === 0 ? undefined : list(value, place)

/** What cannot be read holds nothing up. */
const useShape = members(
  {
    op: oneOf('CREATE', 'UPDATE', 'DELETE'),
    target: members({ subresource: anyText, uid: anyText }, {}, 'ignored'),
    paths: texts,
    tips: orNone(
      listOf(members({ repository: anyText, branch: anyText, commit: anyText }), Infinity),
    ),
  },
  { pre: anyText },
  'ignored',
)

function readOpen(use: Json, grant: string, longest: number): OpenUse | undefined {
  const [known] = readUses([use]) ?? []
  if (known === undefined || useShape(use, '') !== undefined) return undefined
  const { n, time } = known
  return {
    grant,
    n,
    op: at(use, 'op') as OpenUse['op'],
    subresource: stringAt(use, 'target', 'subresource') ?? '',
    uid: stringAt(use, 'target', 'uid') ?? '',
    paths: at(use, 'paths') as readonly string[],
    pre: stringAt(use, 'pre'),
    tips: at(use, 'tips') as unknown as OpenUse['tips'],
    time,
    until: time + longest,
  }
}

function isOpen(use: Json): boolean {
  return (at(use, 'resolution') ?? null) === null && stringAt(use, 'state') !== 'NotCommitted'
}

function targetOf(use: Json): UsedObject {
  const word = (key: keyof UsedObject) => stringAt(use, 'target', key) ?? ''
  const [group, resource] = [word('group'), word('resource')]
  return { group, resource, namespace: word('namespace'), name: word('name') }
}

function usesOf(grant: JsonObject): readonly Json[] {
  const uses = at(grant, 'status', 'uses')
  return Array.isArray(uses) ? (uses as readonly Json[]).filter(isJsonObject) : []
}
