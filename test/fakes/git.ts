import type { EngineObjects } from '../../src/core/engines/engine-objects.ts'
import { GuardError } from '../../src/core/errors.ts'
import { digest } from '../../src/core/manifest/canonical.ts'
import { stringAt, type Json } from '../../src/core/manifest/json.ts'
import { objectKey, type ObjectId } from '../../src/core/manifest/object-id.ts'
import {
  goesWith,
  ownersOf,
  type Declarations,
  type Declared,
  type DeclaredObject,
  type SourceProblem,
} from '../../src/core/provenance/declarations.ts'
import type { CommitStatus, Repository } from '../../src/core/provenance/repository.ts'
import { fakeEngineObjects } from './engine-objects.ts'

export const commitA = 'a'.repeat(40)
export const commitB = 'b'.repeat(40)
export const commitC = 'c'.repeat(40)

interface FakeObject {
  readonly id: ObjectId
  /** Of the plan that declares it; main by default. */
  readonly branch?: string
  readonly object?: Json
  readonly generateName?: string
}

type NoObjects = 'pending' | 'duplicate' | 'broken'

export interface FakeRepository {
  /** Branch -> head. */
  readonly tips?: Readonly<Record<string, string>>
  readonly commits?: Readonly<Record<string, CommitStatus>>
  /** What a refresh brings. */
  readonly afterRefresh?: Partial<Omit<FakeRepository, 'afterRefresh'>>
  /** `branch commit` -> epoch ms until when it was the head. */
  readonly earlier?: Readonly<Record<string, number>>
  readonly fetchedAt?: number
  /** Commit -> objects; 'pending' while it is indexed, 'broken' if it cannot be, 'duplicate' if each is declared twice. */
  readonly declares?: Readonly<Record<string, readonly FakeObject[] | NoObjects>>
  /** Files that cannot be read, at every commit. */
  readonly problems?: readonly SourceProblem[]
}

export interface FakeGit {
  readonly repositories: ReadonlyMap<string, Repository>
  readonly declarations: Declarations
  /** None: no engine is installed. */
  readonly engineObjects: EngineObjects
  /** Names of the repositories that were asked to fetch, in order. */
  readonly refreshed: readonly string[]
}

/** Repositories as data. What a test did not describe does not exist. */
export function fakeGit(described: Readonly<Record<string, FakeRepository>>): FakeGit {
  const present = new Map(Object.entries(described))
  const refreshed: string[] = []
  const state = (name: string): FakeRepository => present.get(name) ?? {}
  const repositories = Object.keys(described).map((name): [string, Repository] => [
    name,
    {
      name,
      commit: (oid) => Promise.resolve(state(name).commits?.[oid] ?? { kind: 'unknown' }),
      tips: () =>
        Object.entries(state(name).tips ?? {}).map(([branch, commit]) => ({ branch, commit })),
      tipUntil: (branch, oid) =>
        state(name).tips?.[branch] === oid ? Infinity : state(name).earlier?.[`${branch} ${oid}`],
      previousTips: (branch) =>
        Object.entries(state(name).earlier ?? {})
          .filter(([key]) => key.startsWith(`${branch} `))
          .map(([key, until]) => ({ commit: key.split(' ')[1] ?? '', until })),
      fetchedAt: () => state(name).fetchedAt,
      problem: () => undefined,
      refresh: () => {
        refreshed.push(name)
        present.set(name, { ...state(name), ...state(name).afterRefresh })
        return Promise.resolve()
      },
    },
  ])
  return {
    repositories: new Map(repositories),
    declarations: fakeDeclarations(state),
    engineObjects: fakeEngineObjects(),
    refreshed,
  }
}

function fakeDeclarations(state: (name: string) => FakeRepository): Declarations {
  return {
    find: ({ repository, commit, id, generateName = '', branches }) => {
      const { declares, problems = [] } = state(repository)
      const objects = declares?.[commit] ?? []
      if (objects === 'broken') return Promise.reject(brokenSource(repository))
      const isMeant = (one: FakeObject) =>
        branches.includes(one.branch ?? 'main') && fits(one, id, generateName)
      const answered = answer(objects, isMeant, { repository, commit })
      return Promise.resolve(answered.kind === 'absent' ? { ...answered, problems } : answered)
    },
    within: ({ repository, commit, cascade }) => {
      const objects = state(repository).declares?.[commit] ?? []
      if (objects === 'pending') return Promise.resolve('pending')
      if (objects === 'broken') return Promise.reject(brokenSource(repository))
      const inside = objects === 'duplicate' ? [] : objects
      return Promise.resolve(
        inside
          .filter(({ id, object = null }) => goesWith({ id, owners: ownersOf(object) }, cascade))
          .map((one) => toDeclared(one, { repository, commit })),
      )
    },
  }
}

function brokenSource(repository: string): GuardError {
  return new GuardError('RenderFailed', `${repository} prod cannot be indexed: too many files`)
}

function fits({ id, generateName }: FakeObject, wanted: ObjectId, prefix: string): boolean {
  if (objectKey(id) === objectKey(wanted)) return true
  return prefix !== '' && generateName === prefix && id.kind === wanted.kind
}

interface At {
  readonly repository: string
  readonly commit: string
}

function answer(
  objects: readonly FakeObject[] | Exclude<NoObjects, 'broken'>,
  isMeant: (one: FakeObject) => boolean,
  at: At,
): Declared {
  if (objects === 'pending') return { kind: 'pending' }
  if (objects === 'duplicate') return { kind: 'duplicate', places: ['a.yaml:1', 'b.yaml:1'] }
  const found = objects.find(isMeant)
  if (found === undefined) return { kind: 'absent', problems: [] }
  return { kind: 'declared', object: toDeclared(found, at) }
}

function toDeclared(one: FakeObject, at: At): DeclaredObject {
  const { id, object = {}, generateName = '', branch = 'main' } = one
  return {
    ...at,
    branch,
    id,
    apiVersion: stringAt(object, 'apiVersion') ?? 'v1',
    generateName,
    plans: [{ path: 'prod', renderer: 'plain', namespace: 'default', branch }],
    source: 'prod',
    file: `prod/${id.name}.yaml`,
    line: 1,
    digest: digest(object),
    object,
  }
}
