import { GuardError } from '../core/errors.ts'
import { Collected, Complaint } from '../processes/collect.ts'
import { startHere } from '../processes/here.ts'
import type { End, Order, Running, Start } from '../processes/order.ts'

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
  /** By default from this process. */
  readonly start?: Start
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
const outOfMemory = /out of memory|cannot allocate memory|pthread_create failed/

/** Runs it to its end; nothing that it has started is left. Throws RenderFailed if it does not start. */
export async function runTool(call: ToolCall): Promise<ToolEnd> {
  const { limits, signal, start = startHere } = call
  signal.throwIfAborted()
  let early: ToolEnd | undefined
  const end = (what: string, isForGood = false): void => {
    early ??= { kind: 'ended', what, isForGood }
    running.kill()
  }
  const output = new Collected(limits.outputBytes, () => {
    end(`writes more than ${limits.outputBytes} bytes`, true)
  })
  // The beginning: a Go program that runs out of memory says so first.
  const complaint = new Complaint(mostComplaint)
  const running = start(orderOf(call), {
    onOutput: (chunk) => output.take(chunk),
    onComplaint: (chunk) => complaint.take(chunk),
  })
  const { milliseconds } = limits
  const timer = setTimeout(() => end(`takes longer than ${milliseconds} ms`), milliseconds)
  const abort = (): void => end('was stopped')
  signal.addEventListener('abort', abort, { once: true })
  try {
    const { code, signal: killedBy } = await endOf(running, call)
    if (early !== undefined) return early
    if (code === 0) return { kind: 'done', output: output.whole }
    return explainEnd(killedBy, complaint.text, limits)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}

async function endOf(running: Running, { program }: ToolCall): Promise<End> {
  try {
    return await running.ended
  } catch (cause) {
    throw new GuardError('RenderFailed', `${program} cannot be started`, { cause })
  }
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

function orderOf({ program, args, cwd, home, isolation, limits }: ToolCall): Order {
  const kibibytes = Math.ceil(limits.memory / 1024)
  // Files it writes: none that would matter.
  const limit = `ulimit -c 0 && ulimit -f 2048 && ulimit -t ${limits.cpuSeconds} && ulimit -d ${kibibytes}`
  return {
    program: '/bin/sh',
    args: ['-c', `${limit} && exec "$@"`, 'sh', ...isolation, program, ...args],
    cwd,
    // Nothing of ours; what Go makes of one processor is slower, and leaves the other one to reviews.
    env: { HOME: home, TMPDIR: home, PATH: '/nonexistent', LC_ALL: 'C', GOMAXPROCS: '1' },
    isPatient: true,
    stragglersMs: 0,
  }
}
