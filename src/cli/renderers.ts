import path from 'node:path'
import type { Command } from 'commander'
import type { Policy } from '../core/policy/schema.ts'
import type { Start } from '../processes/order.ts'
import { openTools, type ToolName, type Tools } from '../render/tools.ts'
import type { Env } from './env.ts'

/** Where the programs are that render; by default in `PATH`. */
export interface RendererOptions {
  readonly kustomize?: string
  readonly helm?: string
}

const toolNames = ['kustomize', 'helm'] as const satisfies readonly ToolName[]

export function declareRendererOptions(command: Command): void {
  command
    .option('--kustomize <file>', 'kustomize 5, for sources that need it (default: from PATH)')
    .option('--helm <file>', 'helm 4, for sources that need it (default: from PATH)')
}

/** `start`: by default from this process. */
export function openRenderers(options: RendererOptions, env: Env, start?: Start): Tools {
  const named = toolNames.flatMap((name) => {
    const file = options[name]
    return file === undefined ? [] : [[name, path.resolve(env.cwd, file)] as const]
  })
  return openTools({
    programs: Object.fromEntries(named),
    searchPath: searchPathOf(env),
    now: env.now,
    ...(start === undefined ? {} : { start }),
  })
}

export function searchPathOf({ vars }: Env): string {
  return vars['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'
}

/** What the sources of a policy need. */
export function renderersOf({ spec }: Policy): readonly ToolName[] {
  const used = spec.repositories.flatMap(({ sources }) => sources.map(({ renderer }) => renderer))
  return toolNames.filter((name) => used.includes(name))
}
