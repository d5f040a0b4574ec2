import { helm } from './helm.ts'
import { kustomize } from './kustomize.ts'
import { plainRenderer } from './plain.ts'
import type { BuildLimits } from './build-files.ts'
import type { Readings } from './readings.ts'
import { rendered } from './rendered.ts'
import type { Renderer } from './renderer.ts'
import type { IndexedSource } from './source-index.ts'
import type { ToolLimits } from './tool-process.ts'
import type { Tools } from './tools.ts'

export interface RenderersOptions extends BuildLimits {
  readonly readings: Readings
  readonly tools: Tools
  readonly tool: ToolLimits
  readonly toolsAtOnce: number
  readonly retryMs: number
  readonly now: () => number
  /** Ends what is running. */
  readonly signal: AbortSignal
}

export function createRenderers(
  options: RenderersOptions,
): Readonly<Record<IndexedSource['renderer'], Renderer>> {
  const inTurn = turns(options.toolsAtOnce)
  const { tool: toolLimits } = options
  const outputCacheBytes = toolLimits.outputBytes
  const shared = { ...options, toolLimits, outputCacheBytes, inTurn }
  return {
    plain: plainRenderer(options),
    kustomize: rendered(kustomize(options), shared),
    helm: rendered(helm(options), shared),
  }
}

/** Runs at most so many jobs at a time, the others in the order in which they came. */
function turns(most: number): <T>(job: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (job) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await job()
    } finally {
      // The place goes on to the next one, if anybody waits.
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
