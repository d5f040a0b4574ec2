import type { EngineObjects } from '../../src/core/engines/engine-objects.ts'
import { GuardError } from '../../src/core/errors.ts'
import { digest } from '../../src/core/manifest/canonical.ts'
import { stringAt, type Json } from '../../src/core/manifest/json.ts'
import { objectKey, type ObjectId } from '../../src/core/manifest/object-id.ts'
import { isSamePlan, planName, type Plan } from '../../src/core/plans/plan.ts'
import {
  goesWith,
  ownersOf,
  type CascadeQuery,
  type DeclarationQuery,
  type Declarations,
  type Declared,
  type DeclaredObject,
  type SourceProblem,
} from '../../src/core/provenance/declarations.ts'
import type { CommitStatus, Repository, TagStatus } from '../../src/core/provenance/repository.ts'
import { AskedPlans } from '../../src/render/asked-plans.ts'
import { fakeEngineObjects } from './engine-objects.ts'

export const commitA = 'a'.repeat(40)
export const commitB = 'b'.repeat(40)
export const commitC = 'c'.repeat(40)

export interface FakeObject {
  readonly id: ObjectId
  /** Of the source of the policy that declares it; main by default. */
  readonly branch?: string
  /** In place of that source: it only counts while it is in force, or in question. */
  readonly plan?: Plan
  readonly isEncrypted?: true
  readonly object?: Json
  readonly generateName?: string
}

type NoObjects = 'pending' | 'duplicate' | 'broken'

export interface FakeRepository {
  /** Branch -> head. */
  readonly tips?: Readonly<Record<string, string>>
  readonly commits?: Readonly<Record<string, CommitStatus>>
  /** By own name; a text is a found commit. */
  readonly tags?: Readonly<Record<string, string | TagStatus>>
  /** What a refresh brings. */
  readonly afterRefresh?: Partial<Omit<FakeRepository, 'afterRefresh'>>
  /** `branch commit` -> epoch ms until when it was the head. */
  readonly earlier?: Readonly<Record<string, number>>
  /** `since..until` -> values of each trailer. */
  readonly trailers?: Readonly<Record<string, readonly string[]>>
  /** What the commits with trailers say of when they were made, in epoch ms. */
  readonly committedAt?: number
  readonly fetchedAt?: number
  /** Commit -> objects; 'pending' while it is indexed, 'broken' if it cannot be, 'duplicate' if each is declared twice. */
  readonly declares?: Readonly<Record<string, readonly FakeObject[] | NoObjects>>
  /** Files that cannot be read, at every commit. */
  readonly problems?: readonly SourceProblem[]
  /** Plans of engine objects. */
  readonly inForce?: readonly Plan[]
}

export interface FakeGit {
  readonly repositories: ReadonlyMap<string, Repository>
  readonly declarations: Declarations
  /** By name of the repository, in place of those in force. */
  readonly setPlans: (plans: ReadonlyMap<string, readonly Plan[]>) => void
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
      tag: (one) => tagOf(state(name), one),
      tipUntil: (branch, oid) =>
        state(name).tips?.[branch] === oid ? Infinity : state(name).earlier?.[`${branch} ${oid}`],
      previousTips: (branch) =>
        Object.entries(state(name).earlier ?? {})
          .filter(([key]) => key.startsWith(`${branch} `))
          .map(([key, until]) => ({ commit: key.split(' ')[1] ?? '', until })),
      trailers: (_key, { since, until, madeFrom = -Infinity }) => {
        const { trailers, committedAt = Infinity } = state(name)
        const values = committedAt < madeFrom ? [] : trailers?.[`${since}..${until}`]
        return Promise.resolve(values ?? [])
      },
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
    setPlans: (plans) => {
      for (const name of present.keys()) {
        present.set(name, { ...state(name), inForce: plans.get(name) ?? [] })
      }
    },
    engineObjects: fakeEngineObjects(),
    refreshed,
  }
}

function tagOf({ tags = {} }: FakeRepository, name: string): TagStatus {
  const said = tags[name.replace(/^refs\/tags\//, '')] ?? { kind: 'absent' }
  return typeof said === 'string' ? { kind: 'found', commit: said } : said
}

function fakeDeclarations(state: (name: string) => FakeRepository): Declarations {
  return {
    find: (query) => {
      const { repository, id, generateName = '' } = query
      const found = declaredAt(state(repository), query)
      if (found === 'broken') return Promise.reject(brokenSource(repository))
      const isMeant = (one: FakeObject) => fits(one, id, generateName)
      const answered = answer(typeof found === 'string' ? found : found.filter(isIn(isMeant)))
      const { problems = [] } = state(repository)
      return Promise.resolve(answered.kind === 'absent' ? { ...answered, problems } : answered)
    },
    within: (query) => {
      const { repository, cascade } = query
      const found = declaredAt(state(repository), query)
      if (found === 'pending') return Promise.resolve('pending')
      if (found === 'broken') return Promise.reject(brokenSource(repository))
      const inside = found === 'duplicate' ? [] : found
      const goes = ({ id, object = null }: FakeObject) =>
        goesWith({ id, owners: ownersOf(object) }, cascade)
      const alike = Map.groupBy(inside.filter(isIn(goes)), keyOf)
      return Promise.resolve([...alike.values()].flatMap(together))
    },
  }
}

/** An object of one plan at one commit. */
interface Hit {
  readonly object: FakeObject
  readonly plan: Plan
  readonly repository: string
  readonly commit: string
}

function isIn(isMeant: (object: FakeObject) => boolean): (hit: Hit) => boolean {
  return ({ object }) => isMeant(object)
}

/** What the plans that are asked say, as the index would choose them. */
function declaredAt(
  { declares = {}, inForce = [] }: FakeRepository,
  query: DeclarationQuery | CascadeQuery,
): readonly Hit[] | NoObjects {
  const { repository, branches } = query
  const plans = new AskedPlans(
    new Map([[repository, { trees: noTrees, sources: branches.map(sourceOf) }]]),
  )
  plans.set(repository, inForce)
  const hits: Hit[] = []
  for (const { source: plan, commit } of plans.at(query)) {
    const objects = declares[commit] ?? []
    if (typeof objects === 'string') return objects
    const own = objects.filter((object) => isSamePlan(planOf(object), plan))
    hits.push(...own.map((object) => ({ object, plan, repository, commit })))
  }
  return hits
}

const noTrees = {
  list: () => Promise.reject(new Error('nobody should read files')),
  treeAt: () => Promise.reject(new Error('nobody should read trees')),
  blob: () => Promise.reject(new Error('nobody should read blobs')),
}

/** The source of the policy. */
export function sourceOf(branch: string): Plan {
  return { path: 'prod', renderer: 'plain', namespace: 'default', branch }
}

function planOf({ plan, branch = 'main' }: FakeObject): Plan {
  return plan ?? sourceOf(branch)
}

function brokenSource(repository: string): GuardError {
  return new GuardError('RenderFailed', `${repository} prod cannot be indexed: too many files`)
}

function fits({ id, generateName }: FakeObject, wanted: ObjectId, prefix: string): boolean {
  if (wanted.name !== '' && objectKey(id) === objectKey(wanted)) return true
  return prefix !== '' && generateName === prefix && id.kind === wanted.kind
}

/** Plans that say the same are one answer; two objects of one plan are none. */
function answer(found: readonly Hit[] | Exclude<NoObjects, 'broken'>): Declared {
  if (found === 'pending') return { kind: 'pending' }
  if (found === 'duplicate') return { kind: 'duplicate', places: ['a.yaml:1', 'b.yaml:1'] }
  const [first] = found
  if (first === undefined) return { kind: 'absent', problems: [] }
  const plans = [...new Set(found.map(({ plan }) => plan))]
  const isOne = found.every(({ object }) => digestOf(object) === digestOf(first.object))
  if (plans.length < found.length || !isOne) {
    return { kind: 'duplicate', places: found.map(({ object }) => fileOf(object)) }
  }
  return { kind: 'declared', object: toDeclared(first, plans) }
}

function keyOf({ object }: Hit): string {
  return `${objectKey(object.id)} ${digestOf(object)}`
}

function together(hits: readonly Hit[]): readonly DeclaredObject[] {
  const plans = hits.map(({ plan }) => plan)
  return hits.slice(0, 1).map((first) => toDeclared(first, plans))
}

function digestOf({ object = {} }: FakeObject): string {
  return digest(object)
}

function fileOf({ id }: FakeObject): string {
  return `prod/${id.name}.yaml`
}

function toDeclared(hit: Hit, found: readonly Plan[]): DeclaredObject {
  const { object: one, plan, repository, commit } = hit
  const { id, object = {}, generateName = '', isEncrypted } = one
  const plans = found.filter(({ branch }) => branch === plan.branch)
  return {
    repository,
    commit,
    branch: plan.branch,
    id,
    apiVersion: stringAt(object, 'apiVersion') ?? 'v1',
    generateName,
    plans,
    source: planName(plan),
    file: fileOf(one),
    line: 1,
    digest: digestOf(one),
    ...(isEncrypted && { isEncrypted }),
    object,
  }
}
