import { spawn } from 'node:child_process'

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

interface RunOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string
  readonly timeoutMs?: number
}

/** Runs to the end and never throws for an exit code; a command that cannot start has code 127. */
export function run(file: string, args: readonly string[], options: RunOptions = {}) {
  return new Promise<Outcome>((resolve) => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
      killSignal: 'SIGKILL',
    })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    child.once('error', (error) => {
      resolve({ code: 127, stdout: '', stderr: error.message })
    })
    child.once('close', (code) => {
      resolve({ code: code ?? 128, stdout: text(stdout), stderr: text(stderr) })
    })
    // A command that does not read its input closes the pipe early.
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.input ?? '')
  })
}

function text(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8')
}
