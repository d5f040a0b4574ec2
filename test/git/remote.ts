import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'

/** An entry of a commit: text or bytes of a file, or an object id with its mode. */
type Entry = string | Uint8Array | { readonly mode: string; readonly oid: string }
export type Files = Readonly<Record<string, Entry>>

/** A bare repository made by the real git, to be fetched from. */
export interface Remote {
  readonly directory: string
  readonly url: string
  /** Runs git in it and answers what it wrote, trimmed. */
  readonly git: (args: readonly string[], input?: string | Uint8Array) => Promise<string>
  /** One commit on top of the branch (or of nothing), with exactly these files. */
  readonly commit: (branch: string, files: Files) => Promise<string>
  /** The same without moving any branch. */
  readonly dangling: (files: Files, parents?: readonly string[]) => Promise<string>
  /** `count` empty commits on top of the branch, oldest first. */
  readonly grow: (branch: string, count: number) => Promise<readonly string[]>
}

export async function makeTemporary(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'solewriter-git-'))
  t.after(() => rm(directory, { recursive: true, force: true, maxRetries: 10 }))
  return directory
}

export async function makeRemote(
  t: TestContext,
  options: readonly string[] = [],
  directory?: string,
): Promise<Remote> {
  const place = directory ?? join(await makeTemporary(t), 'remote.git')
  await runGit('/', ['init', '-q', '--bare', '-b', 'main', ...options, place])
  const git: Remote['git'] = (args, input) => runGit(place, args, input)
  const dangling: Remote['dangling'] = async (files, parents = []) => {
    const tree = await writeTree(git, files)
    const args = ['commit-tree', '-m', 'test', ...parents.flatMap((one) => ['-p', one]), tree]
    return git(args)
  }
  const head = (branch: string) =>
    git(['rev-parse', '-q', '--verify', `refs/heads/${branch}`]).catch(() => '')
  return {
    directory: place,
    url: pathToFileURL(place).href,
    git,
    dangling,
    commit: async (branch, files) => {
      const parent = await head(branch)
      const commit = await dangling(files, parent === '' ? [] : [parent])
      await git(['update-ref', `refs/heads/${branch}`, commit])
      return commit
    },
    grow: async (branch, count) => {
      const from = await head(branch)
      await git(['fast-import', '--quiet', '--force'], emptyCommits(branch, count, from))
      const list = await git(['rev-list', '--reverse', `--max-count=${count}`, branch])
      return list.split('\n')
    },
  }
}

/** Git with a name and without the configuration of the machine. */
export function runGit(
  directory: string,
  args: readonly string[],
  input: string | Uint8Array = '',
): Promise<string> {
  const who = { NAME: 'a', EMAIL: 'a@example.com' }
  const env = {
    PATH: process.env['PATH'],
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: who.NAME,
    GIT_AUTHOR_EMAIL: who.EMAIL,
    GIT_COMMITTER_NAME: who.NAME,
    GIT_COMMITTER_EMAIL: who.EMAIL,
  }
  return new Promise((resolve, reject) => {
    const options = { cwd: directory, env, encoding: 'buffer', maxBuffer: 2 ** 28 } as const
    const child = execFile('git', args, options, (error, stdout) => {
      if (error === null) resolve(stdout.toString('utf8').replace(/\n$/, ''))
      else reject(new Error(`git ${args[0]} failed`, { cause: error }))
    })
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}

async function writeTree(git: Remote['git'], files: Files): Promise<string> {
  const lines: string[] = []
  for (const [path, entry] of Object.entries(files)) {
    const isContent = typeof entry === 'string' || entry instanceof Uint8Array
    const oid = isContent ? await git(['hash-object', '-w', '--stdin'], entry) : entry.oid
    lines.push(`${isContent ? '100644' : entry.mode} ${oid}\t${path}\0`)
  }
  await git(['read-tree', '--empty'])
  await git(['update-index', '-z', '--index-info'], lines.join(''))
  return git(['write-tree'])
}

function emptyCommits(branch: string, count: number, from: string): string {
  const commits = Array.from({ length: count }, (_, i) => {
    const parent = i === 0 && from !== '' ? `from ${from}\n` : ''
    return `commit refs/heads/${branch}\ncommitter a <a@example.com> ${1_700_000_000 + i} +0000\ndata 1\n.\n${parent}\n`
  })
  return commits.join('')
}
