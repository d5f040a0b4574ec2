import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startHere } from '../processes/here.ts'
import type { Start } from '../processes/order.ts'
import { runTool, type ToolCall, type ToolLimits } from './tool-process.ts'

export type ToolName = 'kustomize' | 'helm'

export type ToolState =
  | {
      readonly kind: 'ready'
      readonly program: string
      readonly version: string
      /** Words before the program that take the network away; none where that is impossible. */
      readonly isolation: readonly string[]
      readonly start: Start
    }
  | { readonly kind: 'unusable'; readonly why: string }

export interface ToolsOptions {
  /** Where they are; those that are not named are looked for in `searchPath`. */
  readonly programs: Partial<Record<ToolName, string>>
  /** As `PATH`. */
  readonly searchPath: string
  /** By default from this process. */
  readonly start?: Start
  readonly now: () => number
}

/** The released programs that render. */
export interface Tools {
  /** Looks once; what was not usable then is looked for again after a minute. */
  find(name: ToolName): Promise<ToolState>
  /** What was found last; undefined if nobody asked yet. */
  known(name: ToolName): ToolState | undefined
}

/** The versions whose options and output are known here. */
const majors: Readonly<Record<ToolName, number>> = { kustomize: 5, helm: 4 }
const versionArguments: Readonly<Record<ToolName, readonly string[]>> = {
  kustomize: ['version'],
  helm: ['version', '--template', '{{.Version}}'],
}
const probeLimits: ToolLimits = {
  milliseconds: 20_000,
  cpuSeconds: 20,
  memory: 512 * 1024 * 1024,
  outputBytes: 64 * 1024,
}
const lookAgainMs = 60_000

export function openTools(options: ToolsOptions): Tools {
  const found = new Map<ToolName, { readonly state: Promise<ToolState>; readonly at: number }>()
  const states = new Map<ToolName, ToolState>()
  const isolation = once(() => findIsolation(options))
  return {
    find: async (name) => {
      const known = found.get(name)
      if (known !== undefined) {
        const state = await known.state
        if (state.kind === 'ready' || options.now() - known.at < lookAgainMs) return state
      }
      const state = isolation().then((words) => look(name, options, words))
      found.set(name, { state, at: options.now() })
      states.set(name, await state)
      return state
    },
    known: (name) => states.get(name),
  }
}

/** Nothing but plain manifests can be rendered. */
export const noTools: Tools = {
  find: () => Promise.resolve({ kind: 'unusable', why: 'no such program was named' }),
  known: () => undefined,
}

async function look(
  name: ToolName,
  { programs, searchPath, start = startHere }: ToolsOptions,
  isolation: readonly string[],
): Promise<ToolState> {
  const program = programs[name] ?? (await findProgram(name, searchPath))
  if (program === undefined) return unusable(`there is no ${name} in PATH`)
  const said = await outputOf(program, versionArguments[name], { isolation, start })
  const version = /\bv?(\d+\.\d+(?:\.\d+)?)\b/.exec(said ?? '')?.[1]
  if (version === undefined) return unusable(`${program} does not say its version`)
  if (Number(version.split('.')[0]) === majors[name]) {
    return { kind: 'ready', program, version, isolation, start }
  }
  return unusable(`${program} is version ${version}; ${majors[name]} is what is known here`)
}

function unusable(why: string): ToolState {
  return { kind: 'unusable', why }
}

/** A network namespace with nothing in it: what Linux gives to anybody, unless it is told not to. */
async function findIsolation({
  searchPath,
  start = startHere,
}: ToolsOptions): Promise<readonly string[]> {
  const unshare = await findProgram('unshare', searchPath)
  if (unshare === undefined) return []
  const words = [unshare, '--user', '--map-root-user', '--net', '--']
  const said = await outputOf('/bin/sh', ['-c', ':'], { isolation: words, start })
  return said === undefined ? [] : words
}

/** Undefined if it does not run, or says that it has failed. */
async function outputOf(
  program: string,
  args: readonly string[],
  how: Pick<ToolCall, 'isolation' | 'start'>,
): Promise<string | undefined> {
  const { signal } = new AbortController()
  const place = { cwd: '/', home: path.join(tmpdir(), 'nonexistent') }
  try {
    const end = await runTool({ program, args, ...place, ...how, limits: probeLimits, signal })
    return end.kind === 'done' ? end.output.toString('utf8') : undefined
  } catch {
    return undefined
  }
}

async function findProgram(name: string, searchPath: string): Promise<string | undefined> {
  for (const directory of searchPath.split(path.delimiter)) {
    const file = path.join(directory, name)
    if (path.isAbsolute(directory) && (await isExecutable(file))) return file
  }
  return undefined
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}
