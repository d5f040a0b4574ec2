import { GuardError } from '../errors.ts'
import { stringAt, type JsonObject } from '../manifest/json.ts'
import type { Amended, Change, Changed, GrantStore, Grants } from './grant-store.ts'

/**
 * One process, one queue for each grant: all that wait for it go into one write. Processes that meet take
 * turns, or the one with most to write, which takes longest, would always be too late.
 */
export function queueing(grants: Grants): GrantStore {
  return {
    ofUser: (username, freshness, signal) => grants.ofUser(username, freshness, signal),
    read: (name, signal) => grants.read(name, signal),
    approvals: (name, signal) => grants.approvals(name, signal),
    create: (grant, signal) => grants.create(grant, signal),
    usedOn: (on) => grants.usedOn(on),
    ...amending(grants),
  }
}

/** What is read and written by a status that others write too. */
export type Amendable = Pick<Grants, 'read' | 'record' | 'pause' | 'rest'>

/** The same for whatever has a status of that kind. */
export function amending(grants: Amendable): Pick<GrantStore, 'amend'> {
  const queues = new Map<string, Waiting[]>()
  const run = async (name: string, queue: Waiting[]) => {
    while (queue.length > 0) {
      await amendWaiting(name, queue, grants)
      await grants.rest(name).catch(() => undefined)
    }
    queues.delete(name)
  }
  return {
    amend: (name, change, signal) =>
      new Promise((resolve) => {
        const waiting = toWaiting(change, signal, resolve)
        const queue = queues.get(name)
        if (queue !== undefined) {
          queue.push(waiting)
          return
        }
        const own = [waiting]
        queues.set(name, own)
        void run(name, own)
      }),
  }
}

/** What one caller waits for, whatever its answers are. */
interface Waiting {
  readonly signal: AbortSignal
  /** The next status, if it wants one. */
  readonly ask: (grant: JsonObject) => Promise<JsonObject | undefined>
  /** What it said last holds. */
  readonly done: () => void
  readonly end: (how: Exclude<Amended<never>, { readonly kind: 'done' }>) => void
}

const late = { kind: 'failed', why: 'there was no time left' } as const

function toWaiting<T>(
  change: Change<T>,
  signal: AbortSignal,
  resolve: (amended: Amended<T>) => void,
): Waiting {
  let last: Changed<T> | undefined
  const giveUp = () => {
    resolve(late)
  }
  signal.addEventListener('abort', giveUp, { once: true })
  if (signal.aborted) giveUp()
  const settle = (amended: Amended<T>) => {
    signal.removeEventListener('abort', giveUp)
    resolve(amended)
  }
  return {
    signal,
    ask: async (grant) => {
      last = await change(grant)
      return last.kind === 'store' ? last.status : undefined
    },
    done: () => {
      settle(last === undefined ? late : { kind: 'done', answer: last.answer })
    },
    end: settle,
  }
}

/** Until those who wait have their answer, or no time. Whoever comes in the meantime joins in. */
async function amendWaiting(name: string, queue: Waiting[], grants: Amendable): Promise<void> {
  while (queue.length > 0) {
    const batch = queue.filter(({ signal }) => !signal.aborted)
    const signal = whenAllAborted(batch)
    const outcome = batch.length === 0 ? 'answered' : await amendOnce(name, batch, grants, signal)
    if (outcome === 'answered') {
      // Those who came in the meantime stand behind.
      queue.splice(0, queue.length, ...queue.filter((one) => isLater(one, batch)))
      return
    }
    await grants.pause(signal).catch(() => undefined)
  }
}

function isLater(one: Waiting, batch: readonly Waiting[]): boolean {
  return !batch.includes(one) && !one.signal.aborted
}

async function amendOnce(
  name: string,
  batch: readonly Waiting[],
  grants: Amendable,
  signal: AbortSignal,
): Promise<'answered' | 'conflict'> {
  const outcome = await tryOnce(name, batch, grants, signal).catch(toFailed)
  if (outcome.kind === 'conflict') return 'conflict'
  for (const one of batch) {
    if (outcome.kind === 'stored') one.done()
    else one.end(outcome)
  }
  return 'answered'
}

type Outcome = Awaited<ReturnType<Grants['record']>>

async function tryOnce(
  name: string,
  batch: readonly Waiting[],
  grants: Amendable,
  signal: AbortSignal,
): Promise<Outcome> {
  const found = await grants.read(name, signal)
  if (found === undefined) return { kind: 'gone' }
  let grant = found
  let status: JsonObject | undefined
  for (const one of batch) {
    const next = await one.ask(grant).catch((error: unknown) => {
      // The others of the batch have nothing to do with it.
      one.end(toFailed(error))
      return undefined
    })
    if (next === undefined) continue
    status = next
    grant = { ...grant, status }
  }
  if (status === undefined) return { kind: 'stored' }
  const resourceVersion = resourceVersionOf(found)
  return grants.record(name, { resourceVersion, status }, signal)
}

function resourceVersionOf(grant: JsonObject): string {
  return stringAt(grant, 'metadata', 'resourceVersion') ?? ''
}

function toFailed(error: unknown) {
  const why = error instanceof GuardError ? error.message : 'something failed'
  return { kind: 'failed', why } as const
}

/** One that has no time left must not take the others' chance. */
function whenAllAborted(batch: readonly Waiting[]): AbortSignal {
  const controller = new AbortController()
  const look = () => {
    if (batch.every(({ signal }) => signal.aborted)) controller.abort()
  }
  for (const { signal } of batch) signal.addEventListener('abort', look, { once: true })
  look()
  return controller.signal
}
