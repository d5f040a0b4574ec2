import { homedir } from 'node:os'
import { exit } from './exit.ts'
import { run } from './run.ts'

// The only file that touches `process`.

const controller = new AbortController()
let isOutputLost = false

// The first one asks, the second one kills: the handlers are gone by then.
function interrupt(): void {
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  controller.abort()
}
process.on('SIGINT', interrupt).on('SIGTERM', interrupt)

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

const exitCode = await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  cwd: process.cwd(),
  home: homedir(),
  vars: process.env,
  now: Date.now,
  signal: controller.signal,
})
process.exitCode = isOutputLost ? exit.unknown : exitCode
