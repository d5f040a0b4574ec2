import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GuardError } from '../core/errors.ts'
import { connect, type Connection, type Remote } from './connection.ts'
import { gitOn, type Git } from './local-git.ts'
import { readRefs } from './refs.ts'
import type { GitProgram } from './run.ts'

/** One branch of a remote in which we keep files: in our own name, by no configuration but ours. */
export interface FileBranch {
  readonly program: GitProgram
  readonly remote: Remote
  readonly branch: string
  readonly signal: AbortSignal
}

export interface FileChange {
  /** By path; all other files stay as they are. */
  readonly files: ReadonlyMap<string, string>
  readonly message: string
}

type Outcome = { readonly kind: 'unchanged' } | { readonly kind: 'pushed'; readonly commit: string }

/** Files below a folder, by path. */
export type FilesBelow = ReadonlyMap<string, string>

const oneMinute = 60_000
/** Others may push at the same time, and one of all is always first. */
const mostAttempts = 8

/**
 * Puts a commit on top of the branch, or begins it. `change` is asked what there is to change in what
 * stands there; again when somebody else has pushed in between. Nothing is ever forced.
 */
export async function changeFiles(
  options: FileBranch,
  folder: string,
  change: (there: FilesBelow) => FileChange | undefined,
): Promise<Outcome> {
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    const outcome = await inScratch((directory) => tryOnce(options, directory, { folder, change }))
    if (outcome !== 'rejected') return outcome
  }
  throw new GuardError('GitFailed', `others pushed to ${options.branch} each time that we tried`)
}

async function inScratch<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'solewriter-branch-'))
  try {
    return await work(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

interface Wanted {
  readonly folder: string
  readonly change: (there: FilesBelow) => FileChange | undefined
}

async function tryOnce(
  { program, remote, branch, signal }: FileBranch,
  directory: string,
  { folder, change }: Wanted,
): Promise<Outcome | 'rejected'> {
  const git = gitOn(program, directory, signal)
  const connection = await connect(remote)
  await git(['init', '--quiet', '--bare', '--template=', directory])
  const place = { git, connection, remote, branch }
  const parent = await fetchHead(place)
  const there = parent === undefined ? new Map() : await filesBelow(git, parent, folder)
  const wanted = change(there)
  if (wanted === undefined) return { kind: 'unchanged' }
  const commit = await makeCommit(git, directory, { parent, ...wanted })
  return (await push(place, commit)) ? { kind: 'pushed', commit } : 'rejected'
}

interface Place {
  readonly git: Git
  readonly connection: Connection
  readonly remote: Remote
  readonly branch: string
}

/** Undefined where there is no such branch yet. */
async function fetchHead({ git, connection, remote, branch }: Place): Promise<string | undefined> {
  const ref = `refs/heads/${branch}`
  const listing = ['ls-remote', ...connection.options, '--end-of-options', remote.url, ref]
  const { output } = await git(listing, { connection, milliseconds: oneMinute })
  if (!readRefs(output).some(({ name }) => name === ref)) return undefined
  const fetching = ['fetch', '--quiet', '--no-tags', '--depth=1', ...connection.options]
  const args = [...fetching, '--end-of-options', remote.url, `+${ref}:refs/heads/there`]
  await git(args, { connection, milliseconds: oneMinute })
  return idFrom(git, ['rev-parse', '--verify', 'refs/heads/there'])
}

async function filesBelow(git: Git, commit: string, folder: string): Promise<FilesBelow> {
  const { output } = await git(['ls-tree', '-r', '-z', '--full-tree', commit, '--', `${folder}/`])
  const files = new Map<string, string>()
  for (const line of output.toString('utf8').split('\0')) {
    const [, oid, path] = /^100\d{3} blob ([0-9a-f]+)\t(.+)$/.exec(line) ?? []
    if (oid === undefined || path === undefined) continue
    files.set(path, (await git(['cat-file', 'blob', oid])).output.toString('utf8'))
  }
  return files
}

async function makeCommit(
  git: Git,
  directory: string,
  { parent, files, message }: FileChange & { readonly parent: string | undefined },
): Promise<string> {
  const env = { GIT_INDEX_FILE: join(directory, 'scratch.index') }
  const scratch = join(directory, 'scratch.text')
  await git(['read-tree', parent ?? '--empty'], { env })
  for (const [path, text] of files) {
    await writeFile(scratch, text)
    const oid = await idFrom(git, ['hash-object', '-w', '--no-filters', '--', scratch])
    await git(['update-index', '--add', '--cacheinfo', `100644,${oid},${path}`], { env })
  }
  const tree = await idFrom(git, ['write-tree'], { env })
  const parents = parent === undefined ? [] : ['-p', parent]
  await writeFile(scratch, message)
  return idFrom(git, ['commit-tree', ...parents, '-F', scratch, tree], { env: author })
}

const author = {
  GIT_AUTHOR_NAME: 'solewriter',
  GIT_AUTHOR_EMAIL: 'solewriter@localhost',
}

/** A receive-pack on this machine is no more trusting than its upload-pack: see connection.ts. */
const receiveLocal = "--receive-pack=git -c 'safe.directory=*' receive-pack"

/** False when somebody else was first. */
async function push({ git, connection, remote, branch }: Place, commit: string): Promise<boolean> {
  const options = remote.scheme === 'file' ? [receiveLocal] : []
  const pushing = ['push', '--porcelain', '--no-follow-tags', ...options, '--end-of-options']
  const args = [...pushing, remote.url, `${commit}:refs/heads/${branch}`]
  const { code, output } = await git(args, {
    connection,
    milliseconds: oneMinute,
    answers: [0, 1],
  })
  if (code === 0) return true
  const lines = output.toString('utf8').split('\n')
  const line = lines.find((one) => one.startsWith('!')) ?? ''
  if (isRace.test(line)) return false
  const why = /\(([^)]{1,200})\)\s*$/.exec(line)?.[1] ?? 'the remote refuses it'
  throw new GuardError('GitFailed', `git push failed: ${why.replaceAll(/[^\x20-\x7e]/g, '?')}`)
}

/** Also between the look at a branch and its lock. */
const isRace =
  /\((?:fetch first|non-fast-forward|stale info|.*(?:cannot lock ref|failed to update ref|reference already exists|incorrect old value).*)\)/

async function idFrom(
  git: Git,
  args: readonly string[],
  more: Parameters<Git>[1] = {},
): Promise<string> {
  return (await git(args, more)).output.toString('utf8').trim()
}
