import { spawn, type ChildProcess } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import { GuardError } from '../core/errors.ts'

/** A program in its own world: no environment, no network where that can be had, no more than its limits. */
export interface ToolCall {
  readonly program: string
  readonly args: readonly string[]
  /** Its working directory. */
  readonly cwd: string
  /** Its home, for what it insists on writing. */
  readonly home: string
  /** Words before the program that take the network away; none where that is impossible. */
  readonly isolation: readonly string[]
  readonly limits: ToolLimits
  readonly signal: AbortSignal
}

export interface ToolLimits {
  readonly milliseconds: number
  readonly cpuSeconds: number
  /** Private memory, in bytes. */
  readonly memory: number
  readonly outputBytes: number
}

export type ToolEnd =
  | { readonly kind: 'done'; readonly output: Buffer }
  /** It says that it cannot; the complaint may quote the files it was given. */
  | { readonly kind: 'failed'; readonly complaint: string }
  /** It was ended. `what` goes on from the name of the tool. */
  | { readonly kind: 'ended'; readonly what: string; readonly isForGood: boolean }

const mostComplaint = 64 * 1024
/** How long a pipe may stay open after the end, so that what is in it can be read. */
const stragglers = 1000
const lowPriority = constants.priority.PRIORITY_LOW
const outOfMemory = /out of memory|cannot allocate memory|pthread_create failed/

/** Runs it to its end; nothing that it has started is left. Throws RenderFailed if it does not start. */
export function runTool(call: ToolCall): Promise<ToolEnd> {
  call.signal.throwIfAborted()
  const child = start(call)
  if (child.pid !== undefined) lower(child.pid)
  return new Promise((resolve, reject) => {
    let ended: ToolEnd | undefined
    const end = (what: string, isForGood = false): void => {
      ended ??= { kind: 'ended', what, isForGood }
      killGroup(child)
    }
    const { milliseconds, outputBytes } = call.limits
    const output = collect(child, outputBytes, () => {
      end(`writes more than ${outputBytes} bytes`, true)
    })
    const complaint = collectComplaint(child)
    const timer = setTimeout(() => end(`takes longer than ${milliseconds} ms`), milliseconds)
    const abort = (): void => end('was stopped')
    call.signal.addEventListener('abort', abort, { once: true })
    const settle = (): void => {
      clearTimeout(timer)
      call.signal.removeEventListener('abort', abort)
      killGroup(child)
    }
    child.once('error', (cause) => {
      settle()
      reject(new GuardError('RenderFailed', `${call.program} cannot be started`, { cause }))
    })
    child.once('exit', () => {
      killGroup(child)
      // What has left its group may hold its pipes for ever.
      setTimeout(() => letGo(child), stragglers).unref()
    })
    child.once('close', (code, signal) => {
      settle()
      if (ended !== undefined) resolve(ended)
      else if (code === 0) resolve({ kind: 'done', output: output() })
      else resolve(explainEnd(signal, complaint(), call.limits))
    })
  })
}

function explainEnd(
  signal: NodeJS.Signals | null,
  complaint: string,
  { cpuSeconds, memory }: ToolLimits,
): ToolEnd {
  if (outOfMemory.test(complaint)) {
    return { kind: 'ended', what: `needs more than ${memory} bytes of memory`, isForGood: false }
  }
  if (signal === null) return { kind: 'failed', complaint }
  const what = `was killed, perhaps for more than ${cpuSeconds} s of CPU time or ${memory} bytes of memory`
  return { kind: 'ended', what, isForGood: false }
}

function start({ program, args, cwd, home, isolation, limits }: ToolCall): ChildProcess {
  const kibibytes = Math.ceil(limits.memory / 1024)
  // Files it writes: none that would matter.
  const limit = `ulimit -c 0 && ulimit -f 2048 && ulimit -t ${limits.cpuSeconds} && ulimit -d ${kibibytes}`
  const words = ['-c', `${limit} && exec "$@"`, 'sh', ...isolation, program, ...args]
  return spawn('/bin/sh', words, {
    cwd,
    // Nothing of ours; what Go makes of one processor is slower, and leaves the other one to reviews.
    env: { HOME: home, TMPDIR: home, PATH: '/nonexistent', LC_ALL: 'C', GOMAXPROCS: '1' },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

function lower(pid: number): void {
  try {
    setPriority(pid, lowPriority)
  } catch {
    // It has ended already.
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The group is gone.
  }
}

function letGo({ stdout, stderr }: ChildProcess): void {
  stdout?.destroy()
  stderr?.destroy()
}

function collect({ stdout }: ChildProcess, limit: number, onOver: () => void): () => Buffer {
  const chunks: Buffer[] = []
  let size = 0
  stdout?.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= limit) chunks.push(chunk)
    else onOver()
  })
  return () => Buffer.concat(chunks)
}

/** The beginning: a Go program that runs out of memory says so first. */
function collectComplaint({ stderr }: ChildProcess): () => string {
  let text = ''
  stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    if (text.length < mostComplaint) text += chunk
  })
  return () => text
}
