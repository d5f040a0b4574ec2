import { GuardError } from '../core/errors.ts'
import { Collected, Complaint } from '../processes/collect.ts'
import { startHere } from '../processes/here.ts'
import type { Order, Running, Start } from '../processes/order.ts'
import type { Connection } from './connection.ts'
import { gitEnvironment, gitOptions } from './environment.ts'
import { explainFailure } from './failure.ts'

/** The one way to run git: arguments as an array, no shell, a closed environment. */
export interface GitProgram {
  /** `PATH` of every process: where git, and for ssh also ssh, is found. */
  readonly searchPath: string
  /** By default from this process. */
  readonly start?: Start
}

export interface GitCall {
  readonly args: readonly string[]
  readonly gitDir: string
  readonly connection?: Connection
  readonly env?: Readonly<Record<string, string>>
  readonly milliseconds: number
  /** Bytes of output, unless `onOutput` takes them. */
  readonly mostOutput?: number
  readonly onOutput?: (chunk: Buffer) => void
  /** Exit codes that are answers; all others are failures. */
  readonly answers?: readonly number[]
  /** Ends the process and its children; the abort reason is thrown. */
  readonly signal?: AbortSignal
}

export interface GitAnswer {
  readonly code: number
  readonly output: Buffer
}

const defaultOutput = 16 * 1024 * 1024
const mostComplaint = 8 * 1024
/** How long a grandchild may hold our pipes after git itself has ended. */
const stragglersMs = 1000

/** Runs git to its end. Exit codes outside `answers` throw GitFailed. */
export async function runGit(program: GitProgram, call: GitCall): Promise<GitAnswer> {
  const { answers = [0], signal, connection } = call
  signal?.throwIfAborted()
  const stop = new AbortController()
  const output = new Collected(call.mostOutput ?? defaultOutput, (most) => {
    stop.abort(new GuardError('GitOutputTooLarge', `${nameOf(call)} wrote over ${most} bytes`))
  })
  const complaint = new Complaint(mostComplaint)
  const { start = startHere } = program
  const running = start(orderOf(program, call), {
    onOutput: (chunk) => take(chunk, call.onOutput ?? ((more) => output.take(more)), stop),
    onComplaint: (chunk) => complaint.take(chunk),
  })
  const settle = killWhen(running, stop, call)
  try {
    const code = await codeOf(running)
    stop.signal.throwIfAborted()
    if (code !== null && answers.includes(code)) return { code, output: output.whole }
    throw explainFailure(nameOf(call), code, complaint.text, connection?.credential)
  } finally {
    settle()
  }
}

function nameOf({ args }: GitCall): string {
  return `git ${args[0] ?? ''}`
}

/** When `stop` says so, which it does when it takes too long, or the caller gives up. */
function killWhen(running: Running, stop: AbortController, call: GitCall): () => void {
  const { signal, milliseconds } = call
  stop.signal.addEventListener('abort', () => running.kill(), { once: true })
  const timer = setTimeout(() => {
    const why = `${nameOf(call)} took longer than ${milliseconds} ms`
    stop.abort(new GuardError('GitTimedOut', why))
  }, milliseconds)
  const abort = (): void => stop.abort(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  return () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

function take(chunk: Buffer, onOutput: (chunk: Buffer) => void, stop: AbortController): void {
  try {
    onOutput(chunk)
  } catch (error) {
    stop.abort(error)
  }
}

async function codeOf(running: Running): Promise<number | null> {
  try {
    return (await running.ended).code
  } catch (cause) {
    throw new GuardError('GitFailed', 'git could not be started', { cause })
  }
}

/** For whoever starts it, and ends it, in a way of their own. */
export function orderOf(
  { searchPath }: Pick<GitProgram, 'searchPath'>,
  { args, gitDir, connection, env }: Pick<GitCall, 'args' | 'gitDir' | 'connection' | 'env'>,
): Order {
  const credential = connection?.credential
  // Git asks for it only when the server does.
  const secret = `username=${credential?.user}\npassword=${credential?.token}\n`
  return {
    program: 'git',
    args: [...gitOptions(gitDir, connection), ...args],
    cwd: '/',
    env: { ...gitEnvironment(searchPath, connection), ...env },
    ...(credential === undefined ? {} : { secret }),
    stragglersMs,
  }
}
