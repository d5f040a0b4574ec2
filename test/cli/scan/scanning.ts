import assert from 'node:assert/strict'
import { scan, type Scanned, type ScanOptions } from '../../../src/cli/scan/scan.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import type { Finding } from '../../../src/core/scan/result.ts'
import type { Listings } from '../../../src/core/scan/scene.ts'
import type { Api, ApiAnswer } from '../../../src/kubernetes/api.ts'
import { circumstances, type Setting } from '../../core/decision/deciding.ts'
import { commitA, sourceOf, type FakeObject } from '../../fakes/git.ts'

export type Answer = Partial<ApiAnswer> & { readonly status: number }

/** Kinds by `group/version/resource/Kind`. */
export interface FakeServer {
  readonly kinds: readonly string[]
  /** Answers to lists by their paths, one after the other; the last one again and again. */
  readonly lists?: Readonly<Record<string, readonly Answer[]>>
  /** Names of APIServices of others. */
  readonly services?: readonly string[]
  /** Told of each list; may change what is served. */
  readonly onList?: (path: string, server: { kinds: readonly string[] }) => void
}

export function objects(...names: readonly string[]): Answer {
  const items = names.map((name): JsonObject => ({
    metadata: { name, namespace: 'pay', uid: name },
  }))
  return { status: 200, body: { metadata: { resourceVersion: '7' }, items } }
}

export const namespaces: Answer = {
  status: 200,
  body: { metadata: { resourceVersion: '7' }, items: [{ metadata: { name: 'pay', uid: 'n' } }] },
}

const empty = objects()

function fakeApi(described: FakeServer): Api {
  const server = { kinds: described.kinds }
  const asked = new Map<string, number>()
  const listed = (path: string): Answer => {
    described.onList?.(path, server)
    const answers = described.lists?.[path] ?? [empty]
    const count = asked.get(path) ?? 0
    asked.set(path, count + 1)
    return answers[Math.min(count, answers.length - 1)] ?? empty
  }
  const answer = (path: string): Answer => {
    if (path === '/api') return { status: 200, body: discovery(server.kinds, true) }
    if (path === '/apis') return { status: 200, body: discovery(server.kinds, false) }
    if (!path.endsWith('/apiservices')) return listed(path)
    const items = (described.services ?? []).map((name) => ({
      metadata: { name },
      spec: { service: { name: 'other' } },
    }))
    return { status: 200, body: { items } }
  }
  return {
    host: 'fake',
    send: ({ path }) =>
      Promise.resolve({ body: undefined, headers: {}, ...answer(path.split('?')[0] ?? '') }),
    stream: () => Promise.reject(new Error('nobody should watch')),
    close: () => undefined,
  }
}

function discovery(kinds: readonly string[], isCore: boolean): JsonObject {
  const items = kinds.flatMap((one): JsonObject[] => {
    const [group = '', version = '', resource = '', kind = ''] = one.split('/')
    if ((group === '') !== isCore) return []
    const verbs = ['list', 'create']
    const scope = kind === 'Namespace' ? 'Cluster' : 'Namespaced'
    const resources = resource === '' ? [] : [{ resource, responseKind: { kind }, scope, verbs }]
    const freshness = resource === '' ? 'Stale' : 'Current'
    return [{ metadata: { name: group }, versions: [{ version, freshness, resources }] }]
  })
  return { kind: 'APIGroupDiscoveryList', items }
}

interface Scanning extends Pick<Setting, 'live' | 'lists'> {
  readonly head?: readonly FakeObject[]
  readonly listings?: Listings
  readonly namespaces?: ScanOptions['namespaces']
}

/** A scan of that server against what the head declares. */
export async function scanned(server: FakeServer, scanning: Scanning = {}) {
  const { head = [], ...rest } = scanning
  const git = { tips: { main: commitA }, fetchedAt: 1_000_000_000, declares: { [commitA]: head } }
  const entries = head.map(({ id }) => ({ id, apiVersion: 'v1', generateName: '' }))
  const listings: Listings = rest.listings ?? {
    list: () => Promise.resolve([{ source: sourceOf('main'), entries, problems: [] }]),
  }
  const found: Finding[] = []
  const result = await scan({
    api: fakeApi(server),
    circumstances: circumstances({ ...rest, git }),
    listings,
    trigger: 'command',
    namespaces: rest.namespaces ?? [],
    readsSecrets: false,
    onFinding: (finding) => {
      found.push(finding)
      return Promise.resolve()
    },
  })
  return { ...result, found: found.map(({ kind, object }) => `${kind} ${object.name}`) }
}

/** What is unknown, and why. */
export function unknownIn({ unknown, summary }: Scanned): readonly string[] {
  assert.equal(summary.unknown, unknown.length)
  return unknown.map(({ what, why }) => `${what}: ${why}`)
}
