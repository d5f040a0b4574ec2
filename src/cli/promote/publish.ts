import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { compareUrl, type Forge } from '../../core/promote/compare-url.ts'
import type { Policy } from '../../core/policy/schema.ts'
import type { Api } from '../../kubernetes/api.ts'
import { Refused } from '../breakglass/refused.ts'
import type { Env } from '../env.ts'
import { UsageError } from '../exit.ts'
import { progress } from '../output.ts'
import { openRenderers, type RendererOptions } from '../renderers.ts'
import { enginePlans, noEngines, openView, type View, type WorkEstate } from './estate.ts'
import { openRepositories, type RepositoryOptions, type WorkRepository } from './repositories.ts'
import { verifyAll } from './verify.ts'
import type { Wanted } from './wanted.ts'
import type { Draft, Outcome, WritingOptions } from './drafts.ts'
import { draftAll } from './write-back.ts'

export interface PublishOptions extends RepositoryOptions, RendererOptions, WritingOptions {
  readonly policy: string
  /** Nothing leaves this machine. */
  readonly dryRun?: boolean
  readonly forge?: Forge
}

/** What is to stand in Git, and as what. */
export interface Publication {
  readonly wishes: readonly Wanted[]
  readonly branch: string
  /** The line of a message by which a commit on the branch is known as ours. */
  readonly trailer: { readonly key: string; readonly value: string }
  readonly message: (written: readonly Outcome[]) => string
  /** Of the cluster whose engines count; without it only the sources of the policy do. */
  readonly api?: Api
}

/** A commit on the branch of one repository. */
interface Published {
  readonly repository: string
  readonly url: string
  readonly base: string
  readonly branch: string
  readonly commit: string
  readonly files: readonly string[]
  readonly isPushed: boolean
  /** Where a request to merge it is opened. */
  readonly compare?: string
  readonly patch: string
}

export interface Result {
  readonly outcomes: readonly Outcome[]
  /** None where something is blocked, or Git says all of it already. */
  readonly published: readonly Published[]
  /** Branches that have had it before. */
  readonly there: readonly Pick<Published, 'repository' | 'branch' | 'compare'>[]
}

/** Writes, looks at what Git declares then, and only then pushes: all of it or nothing. */
export async function publish(
  policy: Policy,
  publication: Publication,
  options: PublishOptions,
  env: Env,
): Promise<Result> {
  await using stack = new AsyncDisposableStack()
  const directory = await mkdtemp(path.join(tmpdir(), 'solewriter-promote-'))
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  const { branch, api } = publication
  say(env, 'copying repositories')
  const repositories = await openRepositories(policy, options, { directory, branch, env })
  const tools = openRenderers(options, env)
  const bare = { policy, repositories, tools, env }
  using shown = progress(env, 'reading what is declared')
  const engines = api === undefined ? noEngines : await enginePlans(bare, api)
  const estate: WorkEstate = { ...bare, engines }
  const quiet = () => shown[Symbol.dispose]()
  return await publishIn(estate, publication, options, quiet)
}

/** Git may ask for a password then: nothing may be drawn over it. */
function say({ stderr }: Env, text: string): void {
  if (stderr.isTTY === true) stderr.write(`${text}\n`)
}

async function publishIn(
  estate: WorkEstate,
  publication: Publication,
  options: PublishOptions,
  quiet: () => void,
): Promise<Result> {
  const { repositories } = estate
  const { wishes } = publication
  await using onBase = await openView(estate)
  const first = await draftAll(wishes, { ...options, view: onBase, repositories })
  if (isOver(first)) return { outcomes: first.outcomes, published: [], there: [] }
  refuseSeveralBases(first.drafts)
  const onTop = await Promise.all(first.drafts.map((draft) => startOf(draft, onBase, publication)))
  if (onTop.every((start) => start === undefined)) {
    return await finish({ estate, publication, options, quiet }, { view: onBase, ...first })
  }
  await using onBranch = await openView(estate)
  const second = await draftAll(wishes, { ...options, view: onBranch, repositories })
  const there = first.drafts
    .filter((draft) => !second.drafts.some(({ repository }) => repository === draft.repository))
    .map((draft) => branchOf(draft, publication, options))
  if (isOver(second)) return { outcomes: second.outcomes, published: [], there }
  const done = await finish({ estate, publication, options, quiet }, { view: onBranch, ...second })
  return { ...done, there }
}

interface Drafted {
  readonly outcomes: readonly Outcome[]
  readonly drafts: readonly Draft[]
}

function isOver({ outcomes, drafts }: Drafted): boolean {
  return drafts.length === 0 || outcomes.some(({ kind }) => kind === 'blocked')
}

/** One branch of ours can be merged into one of theirs. */
function refuseSeveralBases(drafts: readonly Draft[]): void {
  const byName = Map.groupBy(drafts, ({ repository }) => repository.name)
  for (const [name, each] of byName) {
    if (each.length < 2) continue
    const bases = each.map(({ branch }) => branch).join(' and ')
    throw new UsageError(`${name}: the objects are declared on ${bases}: take one with --base`)
  }
}

/**
 * The head of the branch, where it has commits of ours that the base does not have: the base of the
 * copy then stands there, with what has come to it meanwhile, such as our commits in another form.
 * Throws Refused for a branch that somebody else has put something on.
 */
async function startOf(
  { repository, branch: base }: Draft,
  view: View,
  { branch, trailer }: Publication,
): Promise<string | undefined> {
  const head = repository.work.heads.get(branch)
  if (head === undefined) return undefined
  const commits = await repository.work.trailers(trailer.key, view.head(repository, base), head)
  if (commits.length === 0) return undefined
  const isForeign = commits.some((values) => !values.some((one) => isOf(one.trim(), trailer.value)))
  if (isForeign) {
    throw new Refused(
      `${repository.name}: the branch ${branch} has commits of somebody else on it. Merge or delete it first.`,
    )
  }
  const message = `Merge ${base} into ${branch}\n\n${trailer.key}: ${trailer.value}\n`
  const merged = await repository.work.merge(view.head(repository, base), head, message)
  const start = merged ?? head
  await repository.work.place(base, start)
  return start
}

interface Finishing {
  readonly estate: WorkEstate
  readonly publication: Publication
  readonly options: PublishOptions
  /** Ends what is drawn on the terminal. */
  readonly quiet: () => void
}

async function finish(
  { estate, publication, options, quiet }: Finishing,
  { view, outcomes, drafts }: Drafted & { readonly view: View },
): Promise<Result> {
  const commits = new Map<Draft, string>()
  for (const draft of drafts)
    commits.set(draft, await commit(draft, view, { publication, outcomes }))
  const verified = await verifyAll(estate, outcomes, { before: view, drafts })
  if (isOver({ outcomes: verified, drafts }))
    return { outcomes: verified, published: [], there: [] }
  const published: Published[] = []
  for (const [draft, id] of commits) {
    const patch = await draft.repository.work.patch(id)
    if (options.dryRun !== true) {
      quiet()
      say(estate.env, `pushing to ${draft.repository.name}`)
      await push(draft.repository, id, publication.branch)
    }
    published.push({
      ...branchOf(draft, publication, options),
      commit: id,
      files: [...draft.files.keys()],
      isPushed: options.dryRun !== true,
      patch,
    })
  }
  return { outcomes: verified, published, there: [] }
}

async function commit(
  { repository, branch, files }: Draft,
  view: View,
  { publication, outcomes }: Pick<Drafted, 'outcomes'> & Pick<Finishing, 'publication'>,
): Promise<string> {
  const own = outcomes.filter(
    ({ kind, place }) => kind === 'written' && place?.repository === repository,
  )
  const { work } = repository
  const parent = view.head(repository, branch)
  const id = await work.commit({ parent, files, message: publication.message(own) })
  await work.place(branch, id)
  return id
}

async function push({ name, work }: WorkRepository, id: string, branch: string): Promise<void> {
  const { kind } = await work.push(id, branch)
  if (kind === 'pushed') return
  throw new Refused(`${name}: somebody has pushed to ${branch} meanwhile. Run it again.`)
}

function branchOf(
  { repository: { name, url }, branch: base }: Draft,
  { branch }: Publication,
  { forge }: PublishOptions,
) {
  const compare = compareUrl({ url, base, branch, ...(forge !== undefined && { forge }) })
  return { repository: name, url, base, branch, ...(compare !== undefined && { compare }) }
}

/** A grant, or one use of it. */
function isOf(value: string, whole: string): boolean {
  return value === whole || value.startsWith(`${whole} use `)
}
