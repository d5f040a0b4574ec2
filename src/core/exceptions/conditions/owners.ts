import { canonicalJson } from '../../manifest/canonical.ts'
import { at, isJsonObject, type JsonObject } from '../../manifest/json.ts'
import type { Condition, Write } from '../row.ts'
import { changesFinalizers } from './finalizers.ts'
import {
  controllerOf,
  isTerminating,
  labelsOf,
  listAt,
  objectOf,
  ownerChange,
  referenceTo,
  sameObject,
  type OwnerReference,
} from './metadata.ts'
import { selects } from './selector.ts'

export interface OwnerKind {
  /** Empty for the core group. */
  readonly group: string
  readonly kind: string
}

/** The object is controlled by a live owner of this kind, which has the uid that it names. */
export function childOf(kind: OwnerKind): Condition {
  return {
    says: `it is controlled by a live ${kind.kind}`,
    async holds(write) {
      const owner = controllerOf(objectOf(write.request))
      return owner !== undefined && (await liveOwner(write, owner, kind)) !== undefined
    },
  }
}

/** The object names a controller of this kind, which may be gone: then it is garbage anyway. */
export function namesController(kind: OwnerKind): Condition {
  return {
    says: `it names ${/^[AEIOU]/.test(kind.kind) ? 'an' : 'a'} ${kind.kind} as its controller`,
    holds({ request }) {
      const owner = controllerOf(objectOf(request))
      return owner?.group === kind.group && owner.kind === kind.kind
    },
  }
}

/**
 * The only change is that one live owner of this kind takes an object that its selector matches and
 * nobody controls, or lets go of one that it does not match any more.
 */
export function adoption(kind: OwnerKind): Condition {
  return {
    says: `a live ${kind.kind} adopts what its selector matches, or releases what it does not`,
    async holds(write) {
      const change = transferIn(write)
      if (change === undefined) return false
      const owner = await liveOwner(write, change.owner, kind)
      const selector = at(owner, 'spec', 'selector')
      if (!isJsonObject(selector) || isTerminating(owner)) return false
      return selects(selector, labelsOf(write.request.object ?? {})) === change.isAdded
    },
  }
}

/** As `adoption`, and the Job's own finalizer may come and go with it. */
export function jobAdoption(kind: OwnerKind, finalizer: string): Condition {
  const { says, holds } = adoption(kind)
  const onlyOwn = changesFinalizers(finalizer)
  return {
    says: `${says}, with its finalizer ${finalizer}`,
    async holds(write) {
      const hasChanged = !sameList(write, 'finalizers')
      if (hasChanged && onlyOwn.holds(write) !== true) return false
      return holds(write)
    },
  }
}

function sameList({ request }: Write, key: string): boolean {
  const [old, next] = [request.oldObject, request.object].map((object) =>
    canonicalJson([...listAt(object ?? {}, 'metadata', key)]),
  )
  return old === next
}

interface Transfer {
  readonly isAdded: boolean
  readonly owner: OwnerReference
}

/** One controller reference more or less, and no other difference. */
function transferIn({ request }: Write): Transfer | undefined {
  const { added, removed } = ownerChange(request) ?? { added: [], removed: [] }
  const [owner, ...others] = [...added, ...removed]
  if (owner === undefined || others.length > 0 || !owner.isController) return undefined
  const isAdded = added.length === 1
  const hasController = controllerOf(request.oldObject ?? {}) !== undefined
  return isAdded && hasController ? undefined : { isAdded, owner }
}

async function liveOwner(
  write: Write,
  owner: OwnerReference,
  kind: OwnerKind,
): Promise<JsonObject | undefined> {
  if (owner.group !== kind.group || owner.kind !== kind.kind) return undefined
  return sameObject(await write.read(referenceTo(owner, write.request.namespace)), owner.uid)
}
