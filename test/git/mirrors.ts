import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { PolicyRepository } from '../../src/core/policy/schema.ts'
import type { MirrorEvent } from '../../src/git/mirror-event.ts'
import { openMirror, type Mirror, type MirrorOptions } from '../../src/git/mirror.ts'
import { makeTemporary, type Remote } from './remote.ts'

export const searchPath = process.env['PATH'] ?? ''
const patience = 20_000

interface Clock {
  now: number
}

/** A mirror under test with all that it told. */
export interface Watched {
  readonly mirror: Mirror
  readonly events: readonly MirrorEvent[]
  readonly clock: Clock
  readonly mirrorDir: string
  /** Directory of the mirror itself. */
  readonly directory: string
  /** Waits for a visit that starts after this call, and says why it failed. */
  readonly visit: () => Promise<string | undefined>
  /** Waits until it has told an event of these kinds. */
  readonly told: (...kinds: readonly MirrorEvent['kind'][]) => Promise<void>
}

export interface WatchOptions extends Partial<Omit<MirrorOptions, 'events' | 'now'>> {
  readonly repository?: Partial<PolicyRepository>
  readonly clock?: Clock
}

export function policyRepository(parts: Partial<PolicyRepository>): PolicyRepository {
  return {
    name: 'fleet',
    url: 'https://git.example.com/fleet.git',
    branches: ['main'],
    aliases: [],
    poll: 3_600_000,
    sources: [],
    signatures: { require: 'none' },
    maxStaleness: 7_200_000,
    grace: 600_000,
    auth: {},
    ...parts,
  }
}

/** Starts a mirror of the remote and waits for its first visit, whatever that brings. */
export async function watch(
  t: TestContext,
  remote: Pick<Remote, 'url'>,
  options: WatchOptions = {},
): Promise<Watched> {
  const watched = await start(t, remote, options)
  await watched.told('fetched', 'fetch-failed')
  return watched
}

/** Starts a mirror and waits for nothing. */
export async function start(
  t: TestContext,
  remote: Pick<Remote, 'url'>,
  options: WatchOptions = {},
): Promise<Watched> {
  const mirrorDir = options.mirrorDir ?? (await makeTemporary(t))
  const watched = unstarted(t, remote, { ...options, mirrorDir })
  await watched.mirror.start()
  return watched
}

/** A mirror that nobody has started. */
export function unstarted(
  t: TestContext,
  remote: Pick<Remote, 'url'>,
  {
    repository = {},
    clock = { now: 1_700_000_000_000 },
    mirrorDir,
    ...options
  }: WatchOptions & Pick<MirrorOptions, 'mirrorDir'>,
): Watched {
  const events: MirrorEvent[] = []
  const waiting = new Set<() => void>()
  const settings = policyRepository({ url: remote.url, ...repository })
  const mirror = openMirror(settings, {
    searchPath,
    ...options,
    mirrorDir,
    now: () => clock.now,
    events: (event) => {
      events.push(event)
      for (const check of waiting) check()
    },
    limits: { pauseMs: 1, ...options.limits },
  })
  t.after(() => mirror.stop())
  const told: Watched['told'] = (...kinds) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${kinds.join(' or ')} event`)), patience)
      const check = (): void => {
        if (!events.some(({ kind }) => kinds.includes(kind))) return
        clearTimeout(timer)
        waiting.delete(check)
        resolve()
      }
      waiting.add(check)
      check()
    })
  const visit = async (): Promise<string | undefined> => {
    await mirror.refresh(AbortSignal.timeout(patience))
    return mirror.problem()
  }
  return { mirror, events, clock, mirrorDir, directory: join(mirrorDir, 'fleet.git'), visit, told }
}
