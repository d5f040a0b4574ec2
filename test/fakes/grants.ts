import { setImmediate as turn } from 'node:timers/promises'
import type { Grants, Recorded } from '../../src/core/breakglass/grant-store.ts'
import { openKeys, usedKey } from '../../src/core/breakglass/hold.ts'
import { holderOf } from '../../src/core/breakglass/holder.ts'
import { momentText } from '../../src/core/breakglass/moment.ts'
import type { BreakGlass } from '../../src/core/decision/case.ts'
import { GuardError } from '../../src/core/errors.ts'
import {
  at,
  isJsonObject,
  stringAt,
  type Json,
  type JsonObject,
} from '../../src/core/manifest/json.ts'

/** Whoever looks for a grant where there is none to be looked for fails the test. */
export const noBreakGlass: BreakGlass = {
  issuers: new Map(),
  grants: {
    ofUser: () => Promise.reject(new Error('nobody should look for grants')),
    read: () => Promise.reject(new Error('nobody should read a grant')),
    approvals: () => Promise.reject(new Error('nobody should look for approvals')),
    create: () => Promise.reject(new Error('nobody should make a grant')),
    usedOn: () => [],
    amend: () => Promise.reject(new Error('nobody should use a grant')),
  },
}

/** What goes wrong, in place of an answer. */
interface Faults {
  list?: 'unreachable'
  read?: 'unreachable'
  approvals?: 'unreachable'
  /** Of each write: undefined lets it through. `lost`: it is stored, and nobody hears of it. */
  record?: (attempt: number) => 'conflict' | 'failed' | 'gone' | 'lost' | undefined
}

export interface FakeGrants extends Grants {
  readonly faults: Faults
  /** As the API server would store it. */
  readonly put: (grant: JsonObject) => void
  readonly remove: (name: string) => void
  readonly stored: (name: string) => JsonObject | undefined
  readonly usesOf: (name: string) => readonly Json[]
  /** BreakGlassApprovals. */
  approved: readonly JsonObject[]
  /** The clock of the API server, in epoch ms. */
  now: () => number
  /** What a watch has seen; by default all. */
  seen: readonly JsonObject[] | undefined
  /** Accepted and refused attempts to write. */
  readonly attempts: () => number
  /** What went between the attempts. */
  readonly steps: readonly ('pause' | 'rest')[]
}

/** Grants as etcd keeps them: every write names the version that it was made for. */
export function fakeGrants(objects: readonly JsonObject[] = []): FakeGrants {
  const byName = new Map<string, JsonObject>()
  const faults: Faults = {}
  const steps: ('pause' | 'rest')[] = []
  let version = 100
  let attempts = 0
  const put = (grant: JsonObject) => {
    version += 1
    const metadata = at(grant, 'metadata')
    const next = { ...(isJsonObject(metadata) && metadata), resourceVersion: String(version) }
    byName.set(nameOf(grant), { ...grant, metadata: next })
  }
  for (const object of objects) put(object)
  const write = (name: string, resourceVersion: string, status: JsonObject): Recorded => {
    const grant = byName.get(name)
    if (grant === undefined) return { kind: 'gone' }
    if (stringAt(grant, 'metadata', 'resourceVersion') !== resourceVersion) {
      return { kind: 'conflict' }
    }
    put({ ...grant, status })
    return { kind: 'stored' }
  }
  const fake: FakeGrants = {
    faults,
    put,
    steps,
    approved: [],
    now: () => 0,
    seen: undefined,
    remove: (name) => void byName.delete(name),
    stored: (name) => byName.get(name),
    usesOf: (name) => {
      const uses = at(byName.get(name), 'status', 'uses')
      return Array.isArray(uses) ? (uses as readonly Json[]) : []
    },
    attempts: () => attempts,
    async ofUser(username, freshness) {
      await turn()
      if (faults.list !== undefined) throw unreachable()
      const all = freshness === 'seen' ? (fake.seen ?? [...byName.values()]) : [...byName.values()]
      return all.filter((one) => holderOf(one) === username)
    },
    async approvals(grant) {
      await turn()
      if (faults.approvals !== undefined) throw unreachable()
      return fake.approved.filter((one) => stringAt(one, 'spec', 'grant') === grant)
    },
    async create(grant) {
      await turn()
      if (byName.has(nameOf(grant))) return 'exists'
      const metadata = { name: nameOf(grant), creationTimestamp: momentText(fake.now()) }
      put({ ...grant, metadata })
      return 'created'
    },
    usedOn(on) {
      const key = usedKey(on)
      return (fake.seen ?? [...byName.values()]).filter((one) => openKeys(one).has(key))
    },
    async read(name) {
      await turn()
      if (faults.read !== undefined) throw unreachable()
      return byName.get(name)
    },
    async record(name, { resourceVersion, status }) {
      await turn()
      attempts += 1
      const fault = faults.record?.(attempts)
      if (fault === 'failed') return { kind: 'failed', why: 'the disk is full' }
      if (fault === 'conflict' || fault === 'gone') return { kind: fault }
      const recorded = write(name, resourceVersion, status)
      await turn()
      return fault === 'lost' ? { kind: 'failed', why: 'no answer came' } : recorded
    },
    async pause() {
      steps.push('pause')
      await turn()
    },
    async rest() {
      steps.push('rest')
      await turn()
    },
  }
  return fake
}

function nameOf(grant: JsonObject): string {
  return stringAt(grant, 'metadata', 'name') ?? ''
}

function unreachable(): GuardError {
  return new GuardError('ClusterUnreachable', 'the API server does not answer')
}
