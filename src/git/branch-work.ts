import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { GuardError } from '../core/errors.ts'
import { runOwnGit, type OwnAnswer, type OwnCall, type OwnGit } from './own-git.ts'

export interface WorkOptions extends OwnGit {
  /** As git takes it: a URL, or the path of a directory. */
  readonly url: string
  /** Of our own, and empty. */
  readonly directory: string
}

interface NewCommit {
  readonly parent: string
  /** By path; undefined for a file that goes. */
  readonly files: ReadonlyMap<string, string | undefined>
  readonly message: string
}

type Pushed =
  | { readonly kind: 'pushed' }
  /** Somebody else has pushed to the branch in between. */
  | { readonly kind: 'rejected' }

/**
 * A copy of a repository in a directory of our own, in which commits are made without a working tree:
 * nobody's checkout is touched.
 */
export interface BranchWork {
  /** Where it is, for whoever reads it. */
  readonly gitDir: string
  /** Full ids of the heads of the remote, by branch; read once. */
  readonly heads: ReadonlyMap<string, string>
  /** Copies these branches, under their own names. */
  fetch(branches: readonly string[]): Promise<void>
  /** Lets a branch of the copy stand at that commit; the remote is not asked. */
  place(branch: string, commit: string): Promise<void>
  /** Undefined for what is no file there. */
  read(commit: string, path: string): Promise<string | undefined>
  commit(commit: NewCommit): Promise<string>
  /**
   * A commit on top of `branch` in which `base` is merged; `branch` itself where it has all of that
   * already. Undefined where the two contradict each other.
   */
  merge(base: string, branch: string, message: string): Promise<string | undefined>
  /** The commits of `until` that `since` does not have, each with the values of a trailer. */
  trailers(key: string, since: string, until: string): Promise<readonly (readonly string[])[]>
  /** As `git am` takes it. */
  patch(commit: string): Promise<string>
  push(commit: string, branch: string): Promise<Pushed>
}

export async function openBranchWork(options: WorkOptions): Promise<BranchWork> {
  const gitDir = join(options.directory, 'work.git')
  await mkdir(gitDir, { recursive: true, mode: 0o700 })
  const git = (args: readonly string[], more: Partial<OwnCall> = {}) =>
    runOwnGit(options, { ...more, args, gitDir })
  // No hooks of a template: what is done here is not what they are for.
  await git(['init', '--quiet', '--bare', '--template='])
  const heads = readHeads((await git(['ls-remote', '--heads', '--', options.url])).output)
  return {
    gitDir,
    heads,
    fetch: async (branches) => {
      const there = branches.filter((branch) => heads.has(branch))
      if (there.length === 0) return
      const specs = there.map((branch) => `+refs/heads/${branch}:refs/heads/${branch}`)
      await git([...fetching, '--', options.url, ...specs])
    },
    place: async (branch, commit) => {
      await git(['update-ref', `refs/heads/${branch}`, commit])
    },
    read: async (commit, path) => {
      const entry = await entryAt(git, commit, path)
      if (entry === undefined) return undefined
      return decode((await git(['cat-file', 'blob', entry.oid])).output, path)
    },
    commit: (commit) => makeCommit(git, gitDir, commit),
    merge: (base, branch, message) => mergeInto(git, { base, branch, message }),
    trailers: async (key, since, until) => {
      const format = `--format=%H%x00%(trailers:key=${key},valueonly,unfold,separator=%x00)`
      const { output } = await git([...logging, format, until, `^${since}`, '--'])
      const lines = output.toString('utf8').split('\n')
      return lines.filter((line) => line !== '').map((line) => line.split('\0').slice(1))
    },
    patch: async (commit) => {
      return (await git([...patching, commit])).output.toString('utf8')
    },
    push: async (commit, branch) => {
      const args = [...pushing, '--', options.url, `${commit}:refs/heads/${branch}`]
      const { code, output, said } = await git(args, { answers: [0, 1] })
      if (code === 0) return { kind: 'pushed' }
      const line =
        output
          .toString('utf8')
          .split('\n')
          .find((one) => one.startsWith('!')) ?? ''
      if (/\((?:fetch first|non-fast-forward|stale info)\)/.test(line)) return { kind: 'rejected' }
      throw new GuardError('GitFailed', `git push failed: ${said || line.split('\t').join(' ')}`)
    },
  }
}

/** Whatever the configuration of the person says of these. */
const fetching = ['fetch', '--quiet', '--no-tags', '--no-recurse-submodules']
const pushing = ['push', '--porcelain', '--no-follow-tags', '--no-recurse-submodules']
const logging = ['log', '--no-color', '--no-show-signature']
const patching = [
  'format-patch',
  '--stdout',
  '--no-signature',
  '--no-cover-letter',
  '--no-color',
  '-1',
]

type Run = (args: readonly string[], more?: Partial<OwnCall>) => Promise<OwnAnswer>

function readHeads(output: Buffer): ReadonlyMap<string, string> {
  const lines = output.toString('utf8').split('\n')
  return new Map(
    lines.flatMap((line): [string, string][] => {
      const [oid = '', ref = ''] = line.split('\t')
      const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1]
      return branch === undefined ? [] : [[branch, oid]]
    }),
  )
}

interface TreeEntry {
  readonly mode: string
  readonly oid: string
}

async function entryAt(git: Run, commit: string, path: string): Promise<TreeEntry | undefined> {
  const { output } = await git(['ls-tree', '-z', '--full-tree', commit, '--', path], {
    env: { GIT_LITERAL_PATHSPECS: '1' },
  })
  const [, mode, type, oid] = /^(\d+) (\w+) ([0-9a-f]+)\t/.exec(output.toString('utf8')) ?? []
  if (mode === undefined || oid === undefined || type !== 'blob') return undefined
  // A link is a file to git, and its text a path.
  return mode === '120000' ? undefined : { mode, oid }
}

function decode(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new GuardError('ManifestInvalid', `${path} is not UTF-8`, { cause })
  }
}

async function makeCommit(git: Run, gitDir: string, commit: NewCommit): Promise<string> {
  const { parent, files, message } = commit
  const env = { GIT_INDEX_FILE: join(gitDir, 'solewriter.index') }
  await git(['read-tree', parent], { env })
  const lines: string[] = []
  for (const [path, text] of files) {
    lines.push(`${await indexLine(git, parent, { path, text })}\0`)
  }
  await git(['update-index', '-z', '--index-info'], { env, input: lines.join('') })
  const tree = await idFrom(git, ['write-tree'], { env })
  return commitTree(git, { tree, parents: [parent], message })
}

interface Tree {
  readonly tree: string
  readonly parents: readonly string[]
  readonly message: string
}

/** Signed where the person signs commits. */
async function commitTree(git: Run, { tree, parents, message }: Tree): Promise<string> {
  const asking = ['config', '--type=bool', '--get', 'commit.gpgSign']
  const { output } = await git(asking, { answers: [0, 1] })
  const signing = output.toString('utf8').startsWith('true') ? ['-S'] : []
  const args = [...signing, ...parents.flatMap((one) => ['-p', one]), '-F', '-', tree]
  return idFrom(git, ['commit-tree', ...args], { input: message })
}

interface Merging {
  readonly base: string
  readonly branch: string
  readonly message: string
}

/** 1: they contradict each other. 129: a git before 2.38, which cannot tell. */
async function mergeInto(
  git: Run,
  { base, branch, message }: Merging,
): Promise<string | undefined> {
  const args = ['merge-tree', '--write-tree', branch, base]
  const { code, output } = await git(args, { answers: [0, 1, 129] })
  if (code !== 0) return undefined
  const tree = output.toString('utf8').trim()
  if (tree === (await idFrom(git, ['rev-parse', `${branch}^{tree}`], {}))) return branch
  return commitTree(git, { tree, parents: [branch, base], message })
}

/** Mode 0 takes a file out. */
async function indexLine(
  git: Run,
  parent: string,
  { path, text }: { readonly path: string; readonly text: string | undefined },
): Promise<string> {
  const known = await entryAt(git, parent, path)
  if (text === undefined) return `0 ${'0'.repeat(parent.length)}\t${path}`
  const args = ['hash-object', '-w', '--stdin', '--no-filters']
  const oid = await idFrom(git, args, { input: text })
  return `${known?.mode ?? '100644'} ${oid}\t${path}`
}

async function idFrom(git: Run, args: readonly string[], more: Partial<OwnCall>): Promise<string> {
  return (await git(args, more)).output.toString('utf8').trim()
}
