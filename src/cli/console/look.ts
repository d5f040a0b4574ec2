import type { Site } from '../../core/console/frame.ts'
import { problemPage, type Problem } from '../../core/console/problem-page.ts'
import type { ConsoleAnswer, ConsoleRequest } from '../../server/console.ts'
import type { ConsoleSources } from './sources.ts'

/** One page that somebody asks for. */
export type Look = ConsoleRequest & {
  readonly signal: AbortSignal
  readonly sources: ConsoleSources
  /** Of the address, decoded. */
  readonly names: readonly string[]
}

export type Answer = (look: Look) => ConsoleAnswer | Promise<ConsoleAnswer>

export function good(text: string): ConsoleAnswer {
  return { status: 200, text }
}

export function missing(problem: Problem, site: Site): ConsoleAnswer {
  return { status: 404, text: problemPage(problem, site) }
}

export function misasked(problem: Problem, site: Site): ConsoleAnswer {
  return { status: 400, text: problemPage(problem, site) }
}
