import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Bundle } from './bundle.ts'
import type {
  IndexNews,
  Keys,
  LoadNews,
  LoadOrder,
  ServerNews,
  ServerOrder,
  Usage,
} from './messages.ts'

/**
 * As in the image. A small young generation keeps the resident memory down; an old one that starts
 * large spares the full collections which large bodies would cause every few reviews.
 */
export const heapFlags = [
  '--use-largepages=silent',
  '--max-semi-space-size=8',
  '--initial-old-space-size=80',
  '--max-old-space-size=256',
]

/** A server in its own process, and the port it listens on. */
export interface ServerProcess {
  readonly port: number
  usage(): Promise<Usage>
  setAnswerSize(bytes: number): Promise<void>
  /** Until the commit is in the mirror and decidable. */
  index(commit: string): Promise<IndexNews>
  stop(): Promise<void>
}

export interface LoadProcess {
  run(order: Omit<LoadOrder, 'kind'>): Promise<LoadNews>
  stop(): Promise<void>
}

export async function startServer(
  program: 'bare-server' | 'our-server',
  options: {
    readonly keys: Keys
    readonly programs: Bundle
    readonly flags: readonly string[]
    /** The bare server as a webhook that admits everything, from callers without a certificate. */
    readonly isNoop?: boolean
    /** For the subject. */
    readonly args?: readonly string[]
  },
): Promise<ServerProcess> {
  const { keys, programs, isNoop = false, flags, args } = options
  const child = start(programs.url(program), flags, args)
  const ask = async <K extends ServerNews['kind']>(kind: K, order: ServerOrder) =>
    (await exchange(child, order, kind)) as Extract<ServerNews, { kind: K }>
  const subject = programs.url('subject')
  const { port } = await ask('listening', { kind: 'start', keys, subject, isNoop })
  return {
    port,
    usage: async () => (await ask('usage', { kind: 'usage' })).usage,
    setAnswerSize: async (bytes) => void (await ask('answer-size', { kind: 'answer-size', bytes })),
    index: (commit) => ask('index', { kind: 'index', commit }),
    stop: () => stop(child),
  }
}

export function startLoad(): LoadProcess {
  const child = start(new URL('./load-generator.ts', import.meta.url).href, [])
  return {
    run: async (order) => (await exchange(child, { kind: 'load', ...order }, 'done')) as LoadNews,
    stop: () => stop(child),
  }
}

function start(
  program: string,
  flags: readonly string[],
  args: readonly string[] = [],
): ChildProcess {
  return fork(new URL(program), args, { execArgv: [...flags] })
}

function exchange(child: ChildProcess, order: object, kind: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => {
      reject(new Error(`a child ended with code ${String(code)} before its answer`))
    }
    const onMessage = (news: { readonly kind: string }) => {
      if (news.kind !== kind) return
      child.off('message', onMessage)
      child.off('exit', onExit)
      resolve(news)
    }
    child.on('message', onMessage)
    child.once('exit', onExit)
    child.send(order)
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
