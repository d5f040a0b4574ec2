import { spawn, type ChildProcess } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { GuardError } from '../core/errors.ts'
import type { Connection } from './connection.ts'
import { gitEnvironment, gitOptions } from './environment.ts'
import { explainFailure } from './failure.ts'

/** The one way to run git: arguments as an array, no shell, a closed environment. */
export interface GitProgram {
  /** `PATH` of every process: where git, and for ssh also ssh, is found. */
  readonly searchPath: string
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
const stragglers = 1000

/** Runs git to its end. Exit codes outside `answers` throw GitFailed. */
export async function runGit(program: GitProgram, call: GitCall): Promise<GitAnswer> {
  call.signal?.throwIfAborted()
  const name = `git ${call.args[0] ?? ''}`
  const child = startGit(program, call)
  const ending = new Ending(child)
  const output = collectOutput(child.stdout, call, (error) => ending.fail(error))
  const complaint = collectComplaint(child.stderr)
  const timer = setTimeout(() => {
    ending.fail(new GuardError('GitTimedOut', `${name} took longer than ${call.milliseconds} ms`))
  }, call.milliseconds)
  const abort = (): void => ending.fail(call.signal?.reason)
  call.signal?.addEventListener('abort', abort, { once: true })
  try {
    const code = await ending.code
    if (code !== null && (call.answers ?? [0]).includes(code)) return { code, output: output() }
    throw explainFailure(name, code, complaint(), call.connection?.credential)
  } finally {
    clearTimeout(timer)
    call.signal?.removeEventListener('abort', abort)
  }
}

/** For processes that stay; the caller ends them. */
export function startGit(
  program: GitProgram,
  call: Pick<GitCall, 'args' | 'gitDir' | 'connection' | 'env'>,
  stdin: 'ignore' | 'pipe' = 'ignore',
): ChildProcess {
  const { args, gitDir, connection, env } = call
  const credential = connection?.credential
  const child = spawn('git', [...gitOptions(gitDir, connection), ...args], {
    cwd: '/',
    env: { ...gitEnvironment(program.searchPath, connection), ...env },
    // A process group of its own, so that helpers (index-pack, ssh, remote-https) die with it.
    detached: true,
    stdio: [stdin, 'pipe', 'pipe', ...(credential === undefined ? [] : (['pipe'] as const))],
  })
  const channel = child.stdio[3] as Writable | null | undefined
  // Git asks only when the server does; otherwise nobody reads it.
  channel?.on('error', () => undefined)
  channel?.end(`username=${credential?.user}\npassword=${credential?.token}\n`)
  return child
}

export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // The group is gone.
  }
}

/** The end of a process with all its children, or the failure for which they were killed. */
class Ending {
  readonly code: Promise<number | null>
  readonly #child: ChildProcess
  #failure: unknown

  constructor(child: ChildProcess) {
    this.#child = child
    this.code = new Promise((resolve, reject) => {
      child.once('error', (cause) => {
        reject(new GuardError('GitFailed', 'git could not be started', { cause }))
      })
      child.once('exit', () => setTimeout(() => killGroup(child), stragglers).unref())
      child.once('close', (code) => {
        if (this.#failure === undefined) resolve(code)
        else reject(this.#failure as Error)
      })
    })
  }

  fail(error: unknown): void {
    this.#failure ??= error
    killGroup(this.#child)
  }
}

function collectOutput(
  stdout: Readable | null,
  { args, mostOutput = defaultOutput, onOutput }: GitCall,
  fail: (error: unknown) => void,
): () => Buffer {
  const chunks: Buffer[] = []
  let size = 0
  const keep = (chunk: Buffer): void => {
    size += chunk.length
    if (size <= mostOutput) chunks.push(chunk)
    else fail(new GuardError('GitOutputTooLarge', `git ${args[0]} wrote over ${mostOutput} bytes`))
  }
  stdout?.on('data', (chunk: Buffer) => {
    try {
      ;(onOutput ?? keep)(chunk)
    } catch (error) {
      fail(error)
    }
  })
  return () => Buffer.concat(chunks)
}

/** The beginning of what it complained about: the first lines say why, the last ones only that. */
function collectComplaint(stderr: Readable | null): () => string {
  let text = ''
  stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    if (text.length < mostComplaint) text += chunk
  })
  return () => text
}
