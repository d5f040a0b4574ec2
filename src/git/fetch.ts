import { GuardError } from '../core/errors.ts'
import type { Connection, Remote } from './connection.ts'
import { gitOn } from './local-git.ts'
import { packsIn } from './mirror-directory.ts'
import { nameBelow, readRefs } from './refs.ts'
import type { GitProgram } from './run.ts'
import { Tags } from './tags.ts'

export interface GitLimits {
  /** Of asking for the heads and tags, and of fetching. */
  readonly listMs: number
  readonly fetchMs: number
  /** All packs of one mirror. */
  readonly mirrorBytes: number
  /** Least time between two visits to the remote, whoever asks for them. */
  readonly pauseMs: number
}

export const defaultLimits: GitLimits = {
  listMs: 30_000,
  fetchMs: 20 * 60_000,
  mirrorBytes: 8 * 1024 ** 3,
  pauseMs: 1000,
}

/** One visit to the remote. */
export interface Visit {
  readonly program: GitProgram
  readonly remote: Remote
  readonly connection: Connection
  readonly limits: GitLimits
  readonly signal: AbortSignal
  /** Epoch ms, before the remote was asked; whole seconds are what a reflog can hold. */
  readonly at: number
}

/** A tag takes two lines of some 70 bytes. */
const mostHeadsOutput = 64 * 1024 * 1024
const lookAtSizeEvery = 500

export interface RemoteHeads {
  /** Of those branches that count and that the remote has. */
  readonly heads: ReadonlyMap<string, string>
  /** Heads of its other branches: nothing of them is fetched, but a claim of one can be told. */
  readonly others: ReadonlySet<string>
  /** Nothing of them is fetched either: a tag counts where its commit is on a branch that does. */
  readonly tags: Tags
}

/** The server sends all heads and tags whatever is asked for; the choice is made here. */
export async function listHeads(visit: Visit, branches: readonly string[]): Promise<RemoteHeads> {
  const { program, remote, connection, limits, signal } = visit
  const asked = ['ls-remote', '--heads', '--tags']
  const args = [...asked, ...connection.options, '--end-of-options', remote.url]
  const { output } = await gitOn(
    program,
    '/nonexistent',
    signal,
  )(args, {
    connection,
    milliseconds: limits.listMs,
    mostOutput: mostHeadsOutput,
  })
  const heads = new Map<string, string>()
  const others = new Set<string>()
  const refs = readRefs(output)
  for (const { oid, name } of refs) {
    const branch = nameBelow('refs/heads/', name)
    if (branch === undefined) continue
    if (branches.includes(branch)) heads.set(branch, oid)
    else others.add(oid)
  }
  return { heads, others, tags: new Tags(refs) }
}

/** Brings exactly these branches, wherever they point to now. */
export async function fetchBranches(
  visit: Visit,
  gitDir: string,
  branches: readonly string[],
): Promise<void> {
  const { program, remote, connection, limits, at } = visit
  const refspecs = branches.map((branch) => `+refs/heads/${branch}:refs/heads/${branch}`)
  const args = [
    'fetch',
    '--quiet',
    '--no-tags',
    '--no-auto-maintenance',
    '--no-write-fetch-head',
    '--no-recurse-submodules',
    '--no-show-forced-updates',
    ...connection.options,
    '--end-of-options',
    remote.url,
    ...refspecs,
  ]
  await withinSize(visit, gitDir, (signal) =>
    gitOn(
      program,
      gitDir,
      signal,
    )(args, {
      connection,
      milliseconds: limits.fetchMs,
      // The time that the reflog will show.
      env: { GIT_COMMITTER_DATE: `@${Math.floor(at / 1000)} +0000` },
    }),
  )
}

/** A server can send without end: git has no limit of its own, so its files are watched. */
async function withinSize(
  { limits, signal }: Visit,
  gitDir: string,
  job: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const tooLarge = new AbortController()
  const check = async (): Promise<void> => {
    const { bytes } = await packsIn(gitDir)
    if (bytes <= limits.mirrorBytes) return
    const message = `the mirror is larger than ${limits.mirrorBytes} bytes`
    tooLarge.abort(new GuardError('GitOutputTooLarge', message))
  }
  const timer = setInterval(() => void check(), lookAtSizeEvery)
  try {
    await job(AbortSignal.any([signal, tooLarge.signal]))
    await check()
    tooLarge.signal.throwIfAborted()
  } finally {
    clearInterval(timer)
  }
}
