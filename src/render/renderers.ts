import { argoCd } from './argo-cd.ts'
import { helm } from './helm.ts'
import { kustomize } from './kustomize.ts'
import { plainRenderer } from './plain.ts'
import type { BuildLimits } from './build-files.ts'
import type { Readings } from './readings.ts'
import { rendered } from './rendered.ts'
import type { Renderer } from './renderer.ts'
import type { ReadClusterVersions } from '../core/plans/cluster-versions.ts'
import type { Plan } from '../core/plans/plan.ts'
import type { ToolLimits } from './tool-process.ts'
import type { Tools } from './tools.ts'
import { turns } from './turns.ts'

export interface RenderersOptions extends BuildLimits {
  readonly readings: Readings
  readonly tools: Tools
  readonly versions: ReadClusterVersions
  readonly tool: ToolLimits
  readonly toolsAtOnce: number
  readonly retryMs: number
  readonly now: () => number
  /** Ends what is running. */
  readonly signal: AbortSignal
}

export function createRenderers(
  options: RenderersOptions,
): Readonly<Record<Plan['renderer'], Renderer>> {
  const inTurn = turns(options.toolsAtOnce)
  const { tool: toolLimits } = options
  const outputCacheBytes = toolLimits.outputBytes
  const shared = { ...options, toolLimits, outputCacheBytes, inTurn }
  const renderers = {
    plain: plainRenderer(options),
    kustomize: rendered(kustomize(options), shared),
    helm: rendered(helm(options), shared),
  }
  return { ...renderers, 'argo-cd': argoCd({ ...options, renderers }) }
}
