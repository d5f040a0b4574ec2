import assert from 'node:assert/strict'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import { confirmedState } from '../../../src/core/breakglass/confirmation.ts'
import { gitSays } from '../../../src/core/breakglass/git-says.ts'
import type { LiveTarget } from '../../../src/core/breakglass/live-target.ts'
import { momentText } from '../../../src/core/breakglass/moment.ts'
import { resolve, type Head } from '../../../src/core/breakglass/resolution.ts'
import {
  trackedUses,
  type Resolution,
  type TrackedUse,
} from '../../../src/core/breakglass/tracked-use.ts'
import { grantedChanges, toUse } from '../../../src/core/breakglass/use.ts'
import type { Live } from '../../../src/core/exceptions/cluster.ts'
import { changedFields } from '../../../src/core/exceptions/changed-fields.ts'
import type { Json, JsonObject } from '../../../src/core/manifest/json.ts'
import type { Policy } from '../../../src/core/policy/schema.ts'
import { fakeCluster } from '../../fakes/cluster.ts'
import { commitA, fakeGit, type FakeRepository } from '../../fakes/git.ts'
import { goodPolicy, head } from '../policy/policies.ts'
import { write } from './writes.ts'

/** Epoch ms. */
export const begun = 1_787_451_200_000
export const minute = 60_000
export const id = { group: 'apps', kind: 'Deployment', namespace: 'pay', name: 'api' }

interface Deployed {
  readonly replicas?: number
  readonly image?: string
  readonly metadata?: JsonObject
  readonly spec?: JsonObject
}

/** As a manifest has it; without replicas Git leaves them to others. */
export function manifest({ replicas, image = 'a:1', metadata = {}, spec = {} }: Deployed = {}) {
  const labels = { app: 'api' }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'api', namespace: 'pay', ...metadata },
    spec: {
      ...(replicas !== undefined && { replicas }),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image }] } },
      ...spec,
    },
  } satisfies JsonObject
}

/** As the cluster has it. */
export function stored(deployed: Deployed = {}): JsonObject {
  const metadata = {
    uid: 'd1',
    resourceVersion: '7',
    generation: 3,
    creationTimestamp: momentText(begun - 600 * minute),
    ...deployed.metadata,
  }
  return { ...manifest({ replicas: 3, ...deployed, metadata }), status: { replicas: 2 } }
}

interface Given extends Partial<Pick<TrackedUse, 'grant' | 'n' | 'state'>> {
  /** After the first of all, in ms. */
  readonly after?: number
  readonly resolution?: Resolution
  readonly tips?: readonly { repository: string; branch: string; commit: string }[]
}

const kinds: Readonly<Record<string, string>> = {
  deployments: 'Deployment',
  services: 'Service',
  pods: 'Pod',
}

/** What is stored of a write, as it is tracked afterwards. */
export function used(asked: AdmissionRequest, given: Given = {}): TrackedUse {
  const kind = kinds[asked.resource.resource] ?? 'Kind'
  const request = { ...asked, kind: { ...asked.kind, kind } }
  const { grant = 'bg-1', n = 1, after = 0, state = 'Committed', resolution, tips = [] } = given
  const changed = grantedChanges(request, changedFields(request))
  const digestKey = new Uint8Array(32)
  const granted = { request, changed, content: '', decisionId: '01K', tips, digestKey }
  const use = toUse(granted, { n, fingerprint: 'sha256:f', time: begun + after })
  const uses = [{ ...use, state, ...(resolution && { resolution }) }] as unknown as Json
  const [tracked = assert.fail()] = trackedUses({ metadata: { name: grant }, status: { uses } })
  return tracked
}

export function updated(old: Deployed, next: Deployed, given: Given = {}): TrackedUse {
  return used(write({ old: stored(old), next: stored(next) }), given)
}

export function found(whole: JsonObject, seen = whole): LiveTarget {
  return { kind: 'found', seen, whole }
}

export const gone: LiveTarget = { kind: 'absent' }

const onePolicy = goodPolicy(`${head}  mode: enforce
  repositories:
  - {name: fleet, url: "https://git.example.com/acme/fleet.git", branches: [main, next], maxStaleness: 1h, sources: [{path: prod}]}
`)

export const now = begun + 10 * minute

/** Git at its head. */
export function declaring(...objects: readonly JsonObject[]): FakeRepository {
  return {
    tips: { main: commitA },
    fetchedAt: now,
    declares: { [commitA]: objects.map((object) => ({ id, object })) },
  }
}

interface Asking {
  readonly git?: FakeRepository
  readonly others?: readonly TrackedUse[]
  readonly waiver?: Head
  readonly policy?: Policy
  /** Where it is read anew. */
  readonly live?: JsonObject
  readonly now?: number
}

export function groundOf(asking: Asking = {}) {
  const { git = declaring(), policy = onePolicy, now: at = now, live } = asking
  const read: Live = live === undefined ? { kind: 'absent' } : { kind: 'found', object: live }
  return {
    policy,
    ...fakeGit({ fleet: git }),
    cluster: fakeCluster(
      { 'Deployment pay/api': read },
      { 'LimitRange pay/': { kind: 'found', objects: [] } },
    ),
    now: () => at,
    signal: new AbortController().signal,
  }
}

/** `Promoted`, or `open: why`. */
export async function becomes(
  use: TrackedUse,
  live: LiveTarget,
  asking: Asking = {},
): Promise<string> {
  const git = await gitSays(use, live, groundOf(asking))
  const { others = [], waiver, now: at = now } = asking
  const outcome = resolve(use, { live, git, others: [use, ...others], waiver, now: at })
  if (outcome.kind === 'open') return `open: ${outcome.why}`
  const { kind, commit, repository } = outcome.resolution
  const isTold = kind === 'NotCommitted' ? commit === '' : commit === commitA
  assert.ok(isTold && repository === (kind === 'NotCommitted' ? '' : 'fleet'), commit)
  return kind
}

export function stateAfter(
  use: TrackedUse,
  live: LiveTarget,
  { after, others = [] }: { readonly after: number; readonly others?: readonly TrackedUse[] },
): string {
  return confirmedState(use, { live, others: [use, ...others], now: begun + after })
}
