import type { ToolLimits } from './tool-process.ts'

export interface IndexLimits {
  /** Bytes of one manifest file. */
  readonly fileBytes: number
  /** Time to read one file, and heap of the thread that does. */
  readonly fileMs: number
  readonly heapMb: number
  /** How long a file that took too long is left alone. */
  readonly retryMs: number
  readonly idleMs: number
  /** Of one plan at one commit; beyond it the plan is refused. */
  readonly mostFiles: number
  readonly mostObjects: number
  /** What stays in memory: bytes of objects, and entries of indexes other than the kept ones. */
  readonly cacheBytes: number
  readonly cachedObjects: number
  /** Bytes of all files of one kustomization or chart. */
  readonly inputBytes: number
  /** Of one renderer, and how many of them run at a time. */
  readonly tool: ToolLimits
  readonly toolsAtOnce: number
}

export const defaultLimits: IndexLimits = {
  fileBytes: 4 * 1024 * 1024,
  fileMs: 10_000,
  heapMb: 256,
  retryMs: 60_000,
  idleMs: 30_000,
  // An object takes about 1 KB, of the 256 MiB that the heap may have in the image. A commit that
  // changes all of them is indexed while the one before is still in use.
  mostFiles: 120_000,
  mostObjects: 150_000,
  cacheBytes: 32 * 1024 * 1024,
  cachedObjects: 150_000,
  inputBytes: 64 * 1024 * 1024,
  tool: {
    milliseconds: 180_000,
    cpuSeconds: 120,
    memory: 384 * 1024 * 1024,
    outputBytes: 16 * 1024 * 1024,
  },
  toolsAtOnce: 2,
}
