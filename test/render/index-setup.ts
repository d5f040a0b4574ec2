import type { TestContext } from 'node:test'
import type { ObjectId } from '../../src/core/manifest/object-id.ts'
import type { Declared } from '../../src/core/provenance/declarations.ts'
import { createIndex, type DeclaredIndex } from '../../src/render/declared-index.ts'
import type { IndexLimits } from '../../src/render/index-limits.ts'
import type { ReadClusterVersions } from '../../src/core/plans/cluster-versions.ts'
import type { Plan } from '../../src/core/plans/plan.ts'
import type { Tools } from '../../src/render/tools.ts'
import type { IndexEvent } from '../../src/render/tree-indexes.ts'
import { makeRepository, type Files, type GitRepository } from './git-repository.ts'

export const plain: Plan = {
  path: 'prod',
  renderer: 'plain',
  namespace: 'default',
  branch: 'main',
}

export interface Setup {
  readonly git: GitRepository
  readonly index: DeclaredIndex
  readonly events: IndexEvent[]
  readonly find: (
    commit: string,
    id: ObjectId,
    extra?: { generateName?: string },
  ) => Promise<Declared>
}

interface SetupOptions {
  readonly sources?: readonly Plan[]
  readonly limits?: Partial<IndexLimits>
  readonly tools?: Tools
  readonly versions?: ReadClusterVersions
  readonly now?: () => number
}

export async function setUp(t: TestContext, options: SetupOptions = {}): Promise<Setup> {
  const git = await makeRepository()
  const events: IndexEvent[] = []
  const sources = options.sources ?? [plain]
  const index = createIndex({
    repositories: new Map([['fleet', { trees: git.trees, sources }]]),
    limits: { fileMs: 20_000, ...options.limits },
    ...(options.tools === undefined ? {} : { tools: options.tools }),
    ...(options.versions === undefined ? {} : { versions: options.versions }),
    now: options.now ?? (() => 0),
    events: (event) => events.push(event),
  })
  t.after(async () => {
    await index.stop()
    await git[Symbol.asyncDispose]()
  })
  const find: Setup['find'] = (commit, id, extra = {}) => {
    const query = { repository: 'fleet', commit, branches: ['main'], id, ...extra }
    return index.find(query, new AbortController().signal)
  }
  return { git, index, events, find }
}

export function configMap(name: string, namespace?: string, data = 'x'): string {
  const place = namespace === undefined ? '' : `, namespace: ${namespace}`
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}${place}}\ndata: {a: ${data}}\n`
}

export function idOf(
  name: string,
  namespace = 'default',
  kind = 'ConfigMap',
  group = '',
): ObjectId {
  return { group, kind, namespace, name }
}

export async function declaredIn(
  t: TestContext,
  files: Files,
  id: ObjectId,
  sources?: readonly Plan[],
): Promise<Declared> {
  const { git, find } = await setUp(t, sources === undefined ? {} : { sources })
  return find(await git.commit(files), id)
}
