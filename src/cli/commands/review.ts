import path from 'node:path'
import { uidOf } from '../../core/admission/review.ts'
import { parseReview } from '../../core/admission/review.ts'
import { toReview } from '../../core/admission/response.ts'
import type { AuditRecord } from '../../core/audit/record.ts'
import type { Circumstances } from '../../core/decision/case.ts'
import { GuardError } from '../../core/errors.ts'
import { deny, toFailure } from '../../server/refusal.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit, UsageError } from '../exit.ts'
import { handleReview } from '../gate.ts'
import { directoriesOf, openLibrary, type Library } from '../library.ts'
import { collect } from '../option-values.ts'
import { print, progress, type OutputFormat } from '../output.ts'
import { readPolicy } from '../policy.ts'
import { declareRendererOptions, openRenderers, type RendererOptions } from '../renderers.ts'
import { readReviews, type RecordedReview } from '../review-files.ts'
import { openGrants, type ReviewGrants } from '../review-grants.ts'
import { findPlans, type PlansInForce } from '../../core/provenance/plans-in-force.ts'
import { readState } from '../state-directory.ts'

export interface ReviewOptions extends RendererOptions {
  readonly file: readonly string[]
  readonly policy: string
  readonly repo?: readonly string[]
  readonly state?: string
  readonly now?: string
  readonly namespace: string
  readonly output: OutputFormat
}

export const declare: Declare = (command, run) => {
  declareRendererOptions(command)
  command
    .argument('[REVIEW.json...]', 'more files of AdmissionReviews')
    .option('-f, --file <file>', 'AdmissionReviews, JSON or JSON Lines; - is stdin', collect)
    .requiredOption('--policy <file>', 'the policy file')
    .option('--repo <name=dir>', 'directory of a repository; may be repeated', collect)
    .option('--state <dir>', 'YAML of cluster objects that decisions look at')
    .option('--now <time>', 'decide as of this time, RFC 3339')
    .option('--namespace <name>', 'where solewriter is installed', 'solewriter-system')
    .addHelpText('after', explanation)
    .action((more: readonly string[], options: Partial<ReviewOptions>) =>
      run((env, output) => review(toOptions(more, options, output), env)),
    )
}

const explanation = `
Prints one AdmissionReview response for each review, in the order of the input; with -o json also
the record, as {"response": ..., "record": ...}. Nothing is fetched: the branches of --repo as they
are committed are the heads. Exits with 0 when every review was decided, whatever the answer.`

function toOptions(
  more: readonly string[],
  options: Partial<ReviewOptions>,
  output: OutputFormat,
): ReviewOptions {
  const file = [...(options.file ?? []), ...more]
  if (file.length === 0) throw new UsageError('name at least one file of reviews: -f FILE, or -f -')
  const { policy = '', namespace = '' } = options
  return { ...options, policy, namespace, file, output }
}

/** The whole decision path, on files instead of a cluster. */
export async function review(options: ReviewOptions, env: Env): Promise<number> {
  const { policy, hash } = await readPolicy(options.policy, env)
  const directory = options.state === undefined ? undefined : path.resolve(env.cwd, options.state)
  const state = await readState(directory)
  const now = clockOf(options.now, env)
  const grants = await openGrants(policy, { ...state, now }, env)
  const surroundings = {
    policy,
    policyHash: hash,
    ...state,
    breakGlass: grants.breakGlass,
    own: ownOf(options.namespace),
    // Nobody else has to arrive at the same digests.
    digestKey: crypto.getRandomValues(new Uint8Array(32)),
    now,
    signal: env.signal,
  }
  const directories = directoriesOf(policy, options.repo ?? [], env)
  using progressed = progress(env, 'opening repositories')
  const tools = openRenderers(options, env)
  await using library = await openLibrary(policy, { directories, tools }, env)
  await readHeads(library)
  await readPlans({ ...surroundings, ...library })
  let count = 0
  for await (const recorded of readReviews(options.file, env)) {
    const circumstances = { ...surroundings, ...library }
    const answered = await decide(recorded, circumstances, grants)
    const shown = options.output === 'json' ? answered : answered.response
    await print(env, `${JSON.stringify(shown)}\n`)
    count += 1
    progressed.update(`${count} reviews decided`)
  }
  return exit.done
}

interface Answered {
  readonly response: object
  readonly record: AuditRecord | null
}

async function decide(
  { body, place }: RecordedReview,
  circumstances: Circumstances,
  grants: ReviewGrants,
): Promise<Answered> {
  const uid = uidOf(body)
  const failureOf = (error: unknown) => {
    const failure = toFailure(error, place)
    return { ...failure, message: `${failure.message} (${describe(error)})` }
  }
  try {
    const request = parseReview(body)
    const reviewed = { request, circumstances, peer: undefined, config: '', clock: () => 0 }
    const { answer, record } = await handleReview(reviewed, inNoChain, failureOf)
    if (answer.allowed) grants.follow(request, circumstances.now())
    return { response: toReview(uid, answer), record }
  } catch (error) {
    if (!(error instanceof GuardError) || error.code !== 'ReviewMalformed') throw error
    return { response: toReview(uid, deny(toFailure(error, place))), record: null }
  }
}

/** A record that is printed is in no chain. */
const inNoChain = () => Promise.resolve({ kind: 'kept' } as const)

function describe(error: unknown): string {
  return error instanceof Error ? error.message : typeof error
}

/** A running server has the heads in memory, and its messages say so. */
async function readHeads({ repositories, declarations }: Library): Promise<void> {
  for (const [name, repository] of repositories) {
    const commits = repository.tips().map(({ commit }) => commit)
    await declarations.keep(name, [...new Set(commits)])
  }
}

/** What the engine objects among the state declare. */
async function readPlans(circumstances: Circumstances & Library): Promise<void> {
  const { engineObjects, declarations, repositories } = circumstances
  const offer = async (plans: PlansInForce['plans']) => {
    for (const name of repositories.keys()) declarations.setPlans(name, plans.get(name) ?? [])
    await readHeads(circumstances)
  }
  const { plans } = await findPlans(engineObjects, circumstances, { offer })
  await offer(plans)
}

function clockOf(text: string | undefined, env: Env): () => number {
  if (text === undefined) return env.now
  const time = Date.parse(text)
  if (!/^\d{4}-\d\d-\d\dT/.test(text) || Number.isNaN(time)) {
    throw new UsageError(`--now ${text}: must be RFC 3339, such as 2026-08-23T02:14:07Z`)
  }
  return () => time
}

function ownOf(namespace: string) {
  const accounts = ['solewriter', 'solewriter-controller'].map(
    (name) => `system:serviceaccount:${namespace}:${name}`,
  )
  return { namespace, accounts: new Set(accounts) }
}
