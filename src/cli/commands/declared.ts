import {
  isReferred,
  parseReference,
  type ObjectReference,
} from '../../core/manifest/object-reference.ts'
import { yamlText } from '../../core/manifest/yaml-text.ts'
import { objectKey } from '../../core/manifest/object-id.ts'
import type { Declared, DeclaredObject } from '../../core/provenance/declarations.ts'
import type { GitRepository } from '../../git/mirror.ts'
import type { DeclaredIndex } from '../../render/declared-index.ts'
import type { SourceListing } from '../../render/listing.ts'
import type { Entry } from '../../render/source-index.ts'
import type { Declare } from '../command-table.ts'
import { listingJson, listingText, type Listing } from '../declared-text.ts'
import type { Env } from '../env.ts'
import { exit, UsageError } from '../exit.ts'
import { directoriesOf, openLibrary } from '../library.ts'
import { collect } from '../option-values.ts'
import { painter, print, printable, printJson, progress, type OutputFormat } from '../output.ts'
import { readPolicy } from '../policy.ts'
import { declareRendererOptions, openRenderers, type RendererOptions } from '../renderers.ts'

export interface DeclaredOptions extends RendererOptions {
  readonly repository: string
  readonly commit: string
  readonly object: readonly string[]
  readonly policy: string
  readonly repo?: readonly string[]
  readonly output: OutputFormat
}

type Given = Omit<DeclaredOptions, 'repository' | 'commit' | 'object' | 'output'>

export const declare: Declare = (command, run) => {
  command
    .argument('<REPO>', 'name of a repository in the policy')
    .argument('<COMMIT>', 'full object id of a commit, or one of the branches')
    .argument('[OBJECT...]', 'show this one: TYPE[.GROUP] [NAMESPACE/]NAME, or all in one word')
    .requiredOption('--policy <file>', 'the policy file')
    .option('--repo <name=dir>', 'directory of a repository; may be repeated', collect)
    .addHelpText('after', explanation)
  declareRendererOptions(command)
  command.action((repository: string, commit: string, object: readonly string[], options: Given) =>
    run((env, output) => declared({ ...options, repository, commit, object, output }, env)),
  )
}

const explanation = `
Lists every object with its file and line, and whatever could not be read. OBJECT is named as for
kubectl: "deployments.apps pay/api", "deploy pay/api", "Deployment.apps/pay/api"; it is printed as
YAML, Secrets too. Of a kind whose scope only the cluster knows, objects without a namespace are
listed with and without one. Nothing is fetched. Exits with 1 when something could not be read or is
declared twice, and when OBJECT is not declared.`

/** What Git declares, as the gate sees it. */
export async function declared(options: DeclaredOptions, env: Env): Promise<number> {
  const reference = referenceOf(options.object)
  const { policy } = await readPolicy(options.policy, env)
  const directories = directoriesOf(policy, options.repo ?? [], env)
  if (!directories.has(options.repository)) throw noDirectory(options.repository)
  using shown = progress(env, 'reading what is declared')
  const tools = openRenderers(options, env)
  const only = new Map([...directories].filter(([name]) => name === options.repository))
  await using library = await openLibrary(policy, { directories: only, tools }, env)
  const repository = library.repositories.get(options.repository)
  if (repository === undefined) throw noDirectory(options.repository)
  const { commit, branches } = await findCommit(repository, options.commit)
  const sources = await library.declarations.list(repository.name, commit)
  const counted = sources.filter(({ source }) => branches.includes(source.branch))
  const listing = { repository: repository.name, commit, sources: counted }
  shown[Symbol.dispose]()
  if (reference === undefined) return showAll(listing, options.output, env)
  const answers = await loadAll(library.declarations, listing, { branches, reference })
  return showObjects(answers, { ...options, listing }, env)
}

function referenceOf(words: readonly string[]): ObjectReference | undefined {
  if (words.length === 0) return undefined
  const reference = parseReference(words)
  if (reference !== undefined) return reference
  throw new UsageError(`${words.join(' ')}: TYPE[.GROUP] [NAMESPACE/]NAME`)
}

function noDirectory(name: string): UsageError {
  return new UsageError(`where is ${name}? --repo ${name}=DIR`)
}

async function findCommit(repository: GitRepository, text: string) {
  const commit = repository.tips().find(({ branch }) => branch === text)?.commit ?? text
  const status = await repository.commit(commit)
  if (status.kind === 'reachable') return { commit, branches: status.branches }
  const why = { unknown: 'there is no such commit', unreachable: 'it is on none of the branches' }
  const what = status.kind === 'not-a-commit' ? `it is a ${status.type}` : why[status.kind]
  throw new UsageError(`${repository.name} ${text}: ${what}`)
}

async function showAll(listing: Listing, output: OutputFormat, env: Env): Promise<number> {
  const json = listingJson(listing)
  if (output === 'json') await printJson(env, json)
  else await print(env, listingText(listing, painter(env.stdout, env.vars)))
  const isRead = listing.sources.every(isWhole)
  const isUnique = json.sources.every(({ objects }) => objects.every((one) => !one.isDuplicate))
  return isRead && isUnique ? exit.done : exit.no
}

function isWhole({ problems, failure }: SourceListing): boolean {
  return problems.length === 0 && failure === undefined
}

interface Asked {
  readonly branches: readonly string[]
  readonly reference: ObjectReference
}

/** Every answer about the objects that are called so: one that is declared twice is not declared. */
async function loadAll(
  declarations: DeclaredIndex,
  { repository, commit, sources }: Listing,
  { branches, reference }: Asked,
): Promise<readonly Declared[]> {
  const { signal } = new AbortController()
  const found = new Map<string, Entry>()
  for (const entry of sources.flatMap(({ entries }) => entries)) {
    const { id, generateName } = entry
    const named = id.name === '' ? { ...id, name: generateName } : id
    if (isReferred(reference, named)) found.set(objectKey(named), entry)
  }
  return Promise.all(
    Array.from(found.values(), ({ id, generateName }) =>
      declarations.find({ repository, commit, branches, id, generateName }, signal),
    ),
  )
}

async function showObjects(
  answers: readonly Declared[],
  { output, listing }: DeclaredOptions & { readonly listing: Listing },
  env: Env,
): Promise<number> {
  const objects = answers.flatMap((one) => (one.kind === 'declared' ? [one.object] : []))
  if (output === 'json') await printJson(env, objects)
  else await print(env, objects.map(objectText).join('---\n'))
  const doubled = answers.find((one) => one.kind === 'duplicate')
  if (objects.length > 0 && doubled === undefined) return exit.done
  const { repository, commit, sources } = listing
  const isDoubtful = doubled === undefined && !sources.every(isWhole)
  const why = isDoubtful ? '; not everything could be read there' : ''
  const places = doubled === undefined ? '' : ` once, so not at all: ${doubled.places.join(', ')}`
  env.stderr.write(`${repository}@${commit.slice(0, 12)} does not declare it${why}${places}\n`)
  return exit.no
}

function objectText({
  repository,
  commit,
  file,
  line,
  source,
  digest,
  object,
}: DeclaredObject): string {
  const place = `${repository}@${commit.slice(0, 12)} ${file}:${line}`
  return `# ${printable(`${place} (source ${source || '.'}, ${digest})`)}\n${yamlText(object)}`
}
