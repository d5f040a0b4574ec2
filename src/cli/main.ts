import { homedir } from 'node:os'
import path from 'node:path'
import { exit } from './exit.ts'
import { run, runPlugin } from './run.ts'

// The only file that touches `process`.

const controller = new AbortController()
let signal: AbortSignal | undefined
let isOutputLost = false

/** A command that never looks at the signal is simply killed, as it would be without us. */
function takeOverSignals(): AbortSignal {
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  return controller.signal
}

// The first one asks, the second one kills: the handlers are gone by then.
function interrupt(): void {
  process.removeAllListeners('SIGINT').removeAllListeners('SIGTERM')
  controller.abort()
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // `| head` has read enough. A full disk is another matter: what was asked for is not there.
  if (error.code !== 'EPIPE') {
    process.stderr.write(`error: cannot write the output: ${error.code ?? error.message}\n`)
    isOutputLost = true
    process.exitCode = exit.unknown
  }
  controller.abort()
})
process.stderr.on('error', () => {})

// Node would end with 1, which is an answer.
process.on('uncaughtException', (error) => {
  process.stderr.write(`error: internal: ${error.stack ?? error.message}\n`)
  process.exit(exit.unknown)
})

const [, program = '', ...args] = process.argv
const isPlugin = path.parse(program).name === 'kubectl-breakglass'
const exitCode = await (isPlugin ? runPlugin : run)(args, {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  cwd: process.cwd(),
  home: homedir(),
  vars: process.env,
  now: Date.now,
  usage() {
    const { user, system } = process.cpuUsage()
    return { residentBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6 }
  },
  get signal() {
    signal ??= takeOverSignals()
    return signal
  },
})
process.exitCode = isOutputLost ? exit.unknown : exitCode
