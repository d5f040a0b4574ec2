import { CommanderError } from 'commander'
import { GuardError } from '../core/errors.ts'
import type { Run } from './command-table.ts'
import type { Env } from './env.ts'
import { exit, exitCodeOf, UsageError } from './exit.ts'
import { painter, printable } from './output.ts'
import { createProgram, outputFormatOf, withoutHelpCommand, type ProgramName } from './program.ts'

/** `kubectl breakglass ...`: kubectl runs what it finds as kubectl-breakglass, without these words. */
export function runPlugin(args: readonly string[], env: Env): Promise<number> {
  return run(['breakglass', ...withoutHelpCommand(args)], env, 'kubectl')
}

/** One command line, to its exit code. */
export async function run(
  args: readonly string[],
  env: Env,
  name: ProgramName = 'solewriter',
): Promise<number> {
  let exitCode: number = exit.done
  const runCommand: Run = async (command) => {
    exitCode = await command(env, outputFormatOf(program))
  }
  const program = createProgram(env, runCommand, name)
  try {
    await program.parseAsync([...withoutHelpCommand(args)], { from: 'user' })
    return exitCode
  } catch (error) {
    return report(error, env)
  }
}

/** Says on stderr what went wrong, and how the process ends for it. */
function report(error: unknown, env: Env): number {
  // Commander has said it already; help and version end this way too, with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exit.done : exit.usage
  if (env.signal.aborted) return exit.unknown
  const lines = describe(error).split('\n').map(printable).join('\n')
  env.stderr.write(`${painter(env.stderr, env.vars)('red', 'error:')} ${lines}\n`)
  if (error instanceof UsageError) return exit.usage
  return error instanceof GuardError ? exitCodeOf(error.code) : exit.unknown
}

/** What nobody foresaw is a bug, and shows where it is. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return `internal: ${typeof error} was thrown`
  const isForeseen = error instanceof UsageError || error instanceof GuardError
  if (isForeseen || 'syscall' in error) return withSystemCode(error)
  return `internal: ${error.stack ?? error.message}`
}

/** A full disk and a missing right take different steps, and only the cause tells them apart. */
function withSystemCode(error: Error): string {
  let cause: unknown = error.cause
  while (cause instanceof Error && !('syscall' in cause)) cause = cause.cause
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return code === '' || error.message.includes(code) ? error.message : `${error.message}: ${code}`
}
