import { spawnSync } from 'node:child_process'
import path from 'node:path'

// The fast gates, each a tool of its own: types, lint with the import rules, dead code, format.

const root = path.join(import.meta.dirname, '..')
const gates: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['types', 'tsc'],
  ['lint, imports, cycles', 'oxlint', '--type-aware', '--deny-warnings'],
  ['dead code', 'knip', '--no-progress'],
  ['format', 'prettier', '--check', '--cache', '--log-level=warn', '.'],
]

/** Whether all gates passed; what a failing one prints is shown. */
export function check(): boolean {
  return gates.map(isPassed).every(Boolean)
}

function isPassed([name, command, ...args]: (typeof gates)[number]): boolean {
  const startedAt = performance.now()
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`)
  if (status !== 0) console.log(`${stdout}${stderr}`)
  return status === 0
}

if (import.meta.main) process.exitCode = check() ? 0 : 1
