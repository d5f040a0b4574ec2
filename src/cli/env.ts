import type { Readable, Writable } from 'node:stream'

/** As process.stdin, for commands that run in tests too. */
type Input = Readable & { readonly isTTY?: boolean }
/** As process.stdout. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number }

/** Everything that a command knows of the world outside its arguments. */
export interface Env {
  readonly stdin: Input
  readonly stdout: Output
  readonly stderr: Output
  readonly cwd: string
  readonly home: string
  /** Environment variables. */
  readonly vars: Readonly<Record<string, string | undefined>>
  /** Epoch ms. */
  readonly now: () => number
  /** What this process has used up so far. */
  readonly usage: () => { readonly residentBytes: number; readonly cpuSeconds: number }
  /**
   * Aborted by SIGINT, SIGTERM, and by a reader of stdout that went away. Who reads it answers for
   * ending soon after.
   */
  readonly signal: AbortSignal
}
