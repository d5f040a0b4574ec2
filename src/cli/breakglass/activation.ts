import type { JsonObject } from '../../core/manifest/json.ts'
import { GuardError } from '../../core/errors.ts'
import { momentOf } from '../../core/breakglass/moment.ts'
import { pause } from '../../kubernetes/wait.ts'
import { exit } from '../exit.ts'
import { print, printable, printJson, progress, type OutputFormat } from '../output.ts'
import { askAccess } from './access.ts'
import { uidIfReadable } from './cluster-id.ts'
import type { Session } from './cluster.ts'
import { grantText } from './grant-text.ts'
import { viewOf, type GrantView } from './grant-view.ts'
import { createGrant, findGrant } from './grants.ts'
import { checkToken, readToken } from './preview.ts'

export interface ActivationOptions {
  /** Undefined: for as long as approvals may come. */
  readonly timeoutMs: number | undefined
  /** How many writes there are to do, where that is known. */
  readonly writes?: number | undefined
  readonly output: OutputFormat
}

/** Whatever can be found out beforehand is: the token is good for one attempt. */
export async function activate(
  token: string,
  session: Session,
  options: ActivationOptions,
): Promise<number> {
  const { env } = session
  const preview = readToken(token)
  const uid = await uidIfReadable(session)
  checkToken(preview, { clusterUid: uid, username: session.me.username, now: session.now() })
  await askAccess(preview.scope, session)
  const created = await createGrant(preview.grant, token, session)
  const grant = await untilSettled(created, preview.grant, { session, options })
  if (options.output === 'json') await printJson(env, grant)
  else await print(env, grantText(grant, env))
  sayWhetherEnough(grant, options.writes ?? 0, session)
  return sayOutcome(grant, session)
}

const everyMs = 300
/** A grant counts without its status: the first write under it fills it. */
const fillMs = 15_000

async function untilSettled(
  created: JsonObject,
  name: string,
  { session, options }: { readonly session: Session; readonly options: ActivationOptions },
): Promise<GrantView> {
  const { env } = session
  const startedAt = env.now()
  using shown = progress(env, `${name}: waiting until it is active`)
  let isAsked = false
  for (let view = viewOf(created, session.now()); ;) {
    const waited = env.now() - startedAt
    const limit = view.phase === 'Accepted' ? fillMs : Infinity
    const isLate = waited >= Math.min(limit, options.timeoutMs ?? Infinity)
    if (!isOpen(view) || mayGoOnAlone(view, session) || isLate) return view
    if (view.phase === 'Pending' && !isAsked) {
      isAsked = true
      say(
        `It needs approvals. For those who give them: kubectl breakglass approve ${name}`,
        session,
      )
      shown.update(`${name}: waiting for approvals`)
    }
    await pause(everyMs, env.signal)
    env.signal.throwIfAborted()
    const live = await findGrant(name, session).catch(onlyUnreachable)
    if (live !== undefined) view = viewOf(live, session.now())
  }
}

/** It is made by now: a missed look at it is no reason to give up. */
function onlyUnreachable(error: unknown): undefined {
  if (error instanceof GuardError && error.code === 'ClusterUnreachable') return undefined
  throw error
}

/** Nobody has answered: the next write is what the holder does about it. */
function mayGoOnAlone({ phase, approvals }: GrantView, session: Session): boolean {
  const from = momentOf(approvals?.aloneFrom ?? undefined)
  return phase === 'Pending' && from !== undefined && session.now() >= from
}

function isOpen({ phase }: GrantView): boolean {
  return phase === 'Accepted' || phase === 'Pending'
}

function sayWhetherEnough({ maxUses }: GrantView, writes: number, session: Session): void {
  if (maxUses === null || writes <= maxUses) return
  say(`It admits ${maxUses} writes, and there are ${writes}: you will need another one.`, session)
}

function sayOutcome(grant: GrantView, session: Session): number {
  if (grant.isActive) return exit.done
  if (grant.phase === 'Accepted') {
    say(
      `${grant.name} is accepted, though its status is not filled yet. Go on: it counts.`,
      session,
    )
    return exit.done
  }
  if (mayGoOnAlone(grant, session)) {
    const { groups, until } = grant.approvals ?? { groups: [], until: '' }
    say(
      `Nobody of ${groups.join(', ')} has approved. Until ${until ?? ''} you may go on alone, with less: your next write does that, and it is told.`,
      session,
    )
    return exit.done
  }
  return grant.phase === 'Pending' ? exit.unknown : exit.no
}

function say(text: string, { env }: Session): void {
  env.stderr.write(`${printable(text)}\n`)
}
