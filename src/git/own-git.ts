import { spawn } from 'node:child_process'
import { GuardError } from '../core/errors.ts'

/**
 * The git of whoever runs us, with their configuration, credentials and prompts: what a person does in
 * their own name, unlike the mirrors of mirror.ts.
 */
export interface OwnGit {
  /** Environment variables of the person. */
  readonly vars: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

export interface OwnCall {
  readonly args: readonly string[]
  /** A bare repository, for all but `init`. */
  readonly gitDir: string
  readonly input?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
  /** Exit codes that are answers; all others are failures. */
  readonly answers?: readonly number[]
}

export interface OwnAnswer {
  readonly code: number
  readonly output: Buffer
  /** What it said beside, in a line; empty where it said nothing. */
  readonly said: string
}

/** They would send git somewhere else: whoever calls us from a hook has them set. */
const localVariables: ReadonlySet<string> = new Set([
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_DIR',
  'GIT_GRAFT_FILE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_INTERNAL_SUPER_PREFIX',
  'GIT_NAMESPACE',
  'GIT_NO_REPLACE_OBJECTS',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_REPLACE_REF_BASE',
  'GIT_SHALLOW_FILE',
  'GIT_WORK_TREE',
])

/** Runs git to its end, on the terminal that we have: it may ask for a password there. */
export async function runOwnGit({ vars, signal }: OwnGit, call: OwnCall): Promise<OwnAnswer> {
  const { args, gitDir, input, env, answers = [0] } = call
  signal.throwIfAborted()
  const inherited = Object.entries(vars).filter(([name]) => !localVariables.has(name))
  const child = spawn('git', [`--git-dir=${gitDir}`, '--no-pager', ...args], {
    cwd: gitDir,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: 'pipe',
    signal,
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new GuardError('GitFailed', 'git could not be started', { cause })),
    )
    child.once('close', resolve)
  })
  const [code, output, complaint] = await Promise.all([
    ended,
    collect(child.stdout),
    collect(child.stderr),
  ])
  signal.throwIfAborted()
  if (code !== null && answers.includes(code))
    return { code, output, said: linesOf(complaint.toString('utf8')) }
  throw new GuardError(
    'GitFailed',
    `git ${args[0] ?? ''} failed: ${linesOf(complaint.toString('utf8'))}`,
  )
}

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const mostLines = 6

/** Advice tells nobody why. */
function linesOf(complaint: string): string {
  return complaint
    .split('\n')
    .map((line) => line.replaceAll(/[^\x20-\x7e]/g, '?').trim())
    .filter((line) => line !== '' && !line.startsWith('hint:'))
    .slice(0, mostLines)
    .join('; ')
    .slice(0, 600)
}
