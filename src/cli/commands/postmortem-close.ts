import { Option } from 'commander'
import { momentText } from '../../core/breakglass/moment.ts'
import { postMortemFacts, type PostMortemFacts } from '../../core/breakglass/narrative-facts.ts'
import { verdicts } from '../../core/breakglass/review.ts'
import { stringAt, type JsonObject } from '../../core/manifest/json.ts'
import { pause } from '../../kubernetes/wait.ts'
import {
  declareCluster,
  withSession,
  type ClusterOptions,
  type Session,
} from '../breakglass/cluster.ts'
import { Refused } from '../breakglass/refused.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit, UsageError } from '../exit.ts'
import { print, printable, printJson, progress, type OutputFormat } from '../output.ts'
import { whyNotClosable } from '../postmortem/closable.ts'
import { getPostMortem, reviewPostMortem } from '../postmortem/objects.ts'

export const declare: Declare = (command, run) => {
  declareCluster(command)
    .argument('<NAME>', 'of the post-mortem, or of its grant')
    .addOption(
      new Option('--verdict <verdict>', 'whether breaking the glass was called for')
        .choices(verdicts)
        .makeOptionMandatory(),
    )
    .option('--notes <text>', 'what was found, and what follows from it')
    .option('--link <url>', 'where the narrative is')
    .addHelpText('after', explanation)
    .action((name: string, options: Omit<PostmortemCloseOptions, 'name' | 'output'>) =>
      run((env, output) => postmortemClose({ ...options, name, output }, env)),
    )
}

const explanation = `
Writes the review, in your own name. It takes somebody other than the holder, a grant that is over, and
Git that has caught up with every use; then the controller closes it, and it stays as it is. Of what was
written past the webhook: somebody other than who wrote it, a minute after the last write.`

export interface PostmortemCloseOptions extends ClusterOptions {
  readonly name: string
  readonly verdict: string
  readonly notes?: string
  readonly link?: string
  readonly output: OutputFormat
}

export async function postmortemClose(
  { name, verdict, notes, link, output, ...cluster }: PostmortemCloseOptions,
  env: Env,
): Promise<number> {
  const text = notes?.trim() ?? ''
  if (text === '' && (link ?? '') === '') {
    throw new UsageError('a review says what was found: give --notes, or --link to where it stands')
  }
  return withSession(cluster, env, async (session) => {
    const open = postMortemFacts(await getPostMortem(name, session), undefined)
    const why = whyNotClosable(open, session.me.username)
    if (why !== undefined) throw new Refused(why)
    const review = {
      by: session.me.username,
      at: momentText(session.now()),
      verdict,
      ...(text !== '' && { text }),
      ...(link !== undefined && { link }),
    }
    await reviewPostMortem(name, review, session)
    const facts = postMortemFacts(await whenClosed(name, session), undefined)
    if (output === 'json') await printJson(env, facts)
    else await report(facts, verdict, env)
    return exit.done
  })
}

async function report(facts: PostMortemFacts, verdict: string, env: Env): Promise<void> {
  const isClosed = facts.phase === 'Closed'
  await print(
    env,
    `${printable(`${facts.name} is ${isClosed ? 'closed' : 'reviewed'}: ${verdict}`)}\n`,
  )
  if (!isClosed) env.stderr.write('It is closed once the controller has seen it.\n')
}

const everyHalfSecond = 500
/** The controller looks every fifteen. */
const thirtySeconds = 30_000

/** As it is then, or after a while: the review stands either way. */
async function whenClosed(name: string, session: Session): Promise<JsonObject> {
  const { env, now } = session
  using _shown = progress(env, 'waiting for the controller to close it')
  const until = now() + thirtySeconds
  for (;;) {
    const postMortem = await getPostMortem(name, session)
    if (stringAt(postMortem, 'status', 'phase') === 'Closed' || now() >= until) return postMortem
    await pause(everyHalfSecond, env.signal)
  }
}
