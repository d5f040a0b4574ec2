import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { GuardError } from '../../core/errors.ts'
import { canonicalJson } from '../../core/manifest/canonical.ts'
import { readObjects } from '../../core/manifest/documents.ts'
import type { JsonObject } from '../../core/manifest/json.ts'
import { parseManifests } from '../../core/manifest/parse.ts'
import { proposalMessage, proposalTrailer } from '../../core/promote/commit-message.ts'
import { documentText, objectsIn, type FileObject } from '../../core/promote/manifest-file.ts'
import { isSame } from '../../core/promote/edits.ts'
import { manifestOf } from '../../core/promote/new-manifest.ts'
import type { Policy } from '../../core/policy/schema.ts'
import { connect } from '../../kubernetes/api.ts'
import { declareCluster, type ClusterOptions } from '../breakglass/cluster.ts'
import { Refused } from '../breakglass/refused.ts'
import { operatorSource } from '../cluster-source.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { kindsOf } from '../estate/engines.ts'
import { exit, UsageError } from '../exit.ts'
import { collect } from '../option-values.ts'
import { printable, type OutputFormat } from '../output.ts'
import { readPolicy } from '../policy.ts'
import { declarePublishing } from '../promote/options.ts'
import { publish, type PublishOptions, type Result } from '../promote/publish.ts'
import { showResult, wordsOf } from '../promote/result-text.ts'
import type { Wanted } from '../promote/wanted.ts'

export const declare: Declare = (command, run) => {
  // What it is about comes first in the help.
  command.requiredOption('-f, --filename <file>', 'manifests; - is stdin; may be repeated', collect)
  declareCluster(declarePublishing(command))
    .option('-n, --namespace <name>', 'of objects that name none', 'default')
    .option('--delete', 'the objects are to go')
    .option('-m, --message <text>', 'why; the body of the message of the commit')
    .addHelpText('after', explanation)
    .action((options: Omit<ProposeOptions, 'output'>) =>
      run((env, output) => propose({ ...options, output }, env)),
    )
}

const explanation = `
For whoever was refused: commits the objects as they are to be to a branch propose/... of the
repository that declares them, and pushes it as your own git pushes. No grant is needed, and no
checkout of yours is touched. An object that Git declares is changed in the file that declares it;
what the API server would add, as in the output of "kubectl get -o yaml", is left out. A new one gets
a file beside others of its namespace, or --file. The same objects always make the same branch. A
cluster is only asked where the policy has engines, whose own objects say what they apply.`

export interface ProposeOptions extends ClusterOptions, PublishOptions {
  readonly filename: readonly string[]
  readonly namespace: string
  readonly delete?: boolean
  readonly message?: string
  readonly output: OutputFormat
}

export async function propose(options: ProposeOptions, env: Env): Promise<number> {
  const { policy } = await readPolicy(options.policy, env)
  const objects = await readAll(options, env)
  const isDeletion = options.delete === true
  const wishes = objects.map((one) => wishOf(one, isDeletion))
  const digest = createHash('sha256')
    .update(canonicalJson([isDeletion, ...objects.map(({ object }) => object)]), 'utf8')
    .digest('hex')
  const publication = {
    wishes,
    branch: branchName(wishes, digest),
    trailer: { key: proposalTrailer, value: digest },
    message: (written: Result['outcomes']) =>
      proposalMessage(written.map(wordsOf), { message: options.message ?? '', digest }),
  }
  try {
    const result = await withEngines(policy, options, env, (api) =>
      publish(policy, { ...publication, ...api }, options, env),
    )
    await showResult({ ...result, apart: [] }, options, env)
    return result.outcomes.some(({ kind }) => kind === 'blocked') ? exit.no : exit.done
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    env.stderr.write(`${printable(error.message)}\n`)
    return exit.no
  }
}

type Api = ReturnType<typeof connect>

async function withEngines<T>(
  policy: Policy,
  options: ClusterOptions,
  env: Env,
  work: (api: { readonly api?: Api }) => Promise<T>,
): Promise<T> {
  if (kindsOf(policy).length === 0) return work({})
  const api = connect(operatorSource(options, env))
  try {
    return await work({ api })
  } finally {
    api.close()
  }
}

/** With its document as it is written, where it has one of its own. */
type Given = FileObject & { readonly text: string | undefined }

async function readAll(
  { filename, namespace }: ProposeOptions,
  env: Env,
): Promise<readonly Given[]> {
  const found: Given[] = []
  for (const file of filename) {
    const bytes =
      file === '-' ? await buffer(env.stdin) : await readFile(path.resolve(env.cwd, file))
    const { problems } = readObjects(parseManifests(bytes), namespace)
    const [problem] = problems
    if (problem !== undefined) {
      throw new GuardError('ManifestInvalid', `${file}:${problem.line}: ${problem.message}`)
    }
    const text = bytes.toString('utf8')
    const objects = objectsIn(text, namespace)
    found.push(...objects.map((one) => ({ ...one, text: documentText(text, one) })))
  }
  const nameless = found.find(({ name }) => name === '')
  if (nameless !== undefined) {
    throw new UsageError(`a ${nameless.kind} without a name: Git cannot tell which one it is`)
  }
  if (found.length === 0) throw new UsageError('there is no object in these files')
  return found
}

function wishOf(one: Given, isDeletion: boolean): Wanted {
  const { group, kind, name, namespaces, object, text } = one
  const [namespace = ''] = namespaces
  const id = { group, kind, namespace, name }
  if (isDeletion) return { id, paths: [], uses: [], change: { kind: 'remove' } }
  const next = (declared?: JsonObject) => manifestOf(object, declared)
  // What is left out of it cannot be left out of its text.
  const isAsWritten = text !== undefined && isSame(next(), object)
  const change = { kind: 'add', next, ...(isAsWritten && { text }) } as const
  return { id, paths: [], uses: [], change }
}

/** What people see of a branch, and what tells it from all others. */
function branchName(wishes: readonly Wanted[], digest: string): string {
  const [first] = wishes
  const { kind = '', namespace = '', name = '' } = first?.id ?? {}
  const words = [kind, namespace, name].filter((part) => part !== '').join('-')
  const slug = words
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replace(/^-+|-+$/g, '')
  return `propose/${slug}-${digest.slice(0, 8)}`
}
