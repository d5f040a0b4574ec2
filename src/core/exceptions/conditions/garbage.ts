import { canonicalJson } from '../../manifest/canonical.ts'
import { at, stringAt, type Json } from '../../manifest/json.ts'
import type { Condition, Write } from '../row.ts'
import {
  finalizersOf,
  isTerminating,
  objectOf,
  ownerChange,
  ownersOf,
  referenceTo,
  uidOf,
  type OwnerReference,
} from './metadata.ts'

type OwnerState = 'gone' | 'waiting' | 'leaving' | 'alive' | 'unknown'

/**
 * Every owner is gone (absent, or another object has its name) or waits for its dependents to go, and
 * the request names the object's uid, as the garbage collector always does. Of an owner that we may
 * not read nothing is known: then its own evidence must do, uid and resourceVersion of an object that
 * has owners, which it sends after it has looked itself. Give our account `get` on owners to close it.
 */
export const ownersAreGone: Condition = {
  says: 'all its owners are gone or wait for their dependents (uids compared), and the request names its uid',
  async holds(write) {
    const { request } = write
    const owners = ownersOf(objectOf(request)) ?? []
    if (owners.length === 0 || !names(request.options, 'uid', uidOf(request.oldObject ?? {}))) {
      return false
    }
    const states = await Promise.all(owners.map((owner) => stateOf(write, owner)))
    const version = stringAt(request.oldObject ?? {}, 'metadata', 'resourceVersion') ?? ''
    return states.every(
      (state) =>
        state === 'gone' ||
        state === 'waiting' ||
        (state === 'unknown' && names(request.options, 'resourceVersion', version)),
    )
  },
}

/**
 * Owner references only go, or stop blocking their owner, and every owner so changed is gone or is
 * being deleted (as an orphaning owner is).
 */
export const dropsDeadOwners: Condition = {
  says: 'owner references only go or stop blocking, those to owners that are gone or being deleted',
  async holds(write) {
    const { added, removed } = ownerChange(write.request) ?? { added: [], removed: [] }
    if (removed.length === 0 || !added.every((owner) => isUnblocked(owner, removed))) return false
    const states = await Promise.all(removed.map((owner) => stateOf(write, owner)))
    return states.every((state) => state !== 'alive' && state !== 'unknown')
  },
}

/** A reference that was there, except that it does not block any more. */
function isUnblocked(owner: OwnerReference, removed: readonly OwnerReference[]): boolean {
  const former = removed.find(({ uid }) => uid === owner.uid)
  if (former === undefined || owner.blocksOwnerDeletion || !former.blocksOwnerDeletion) return false
  return canonicalJson({ ...former, blocksOwnerDeletion: false }) === canonicalJson({ ...owner })
}

async function stateOf(write: Write, owner: OwnerReference): Promise<OwnerState> {
  const live = await write.read(referenceTo(owner, write.request.namespace))
  if (live.kind === 'unreadable') return 'unknown'
  if (live.kind === 'absent' || uidOf(live.object) !== owner.uid) return 'gone'
  if (!isTerminating(live.object)) return 'alive'
  return finalizersOf(live.object).includes('foregroundDeletion') ? 'waiting' : 'leaving'
}

function names(options: Json, key: string, value: string): boolean {
  return value !== '' && at(options, 'preconditions', key) === value
}
