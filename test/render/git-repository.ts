import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TreeFile, Trees } from '../../src/core/provenance/repository.ts'

/** What a commit holds, by path: a file's text or bytes, or an entry of another mode. */
export type Files = Readonly<Record<string, string | Uint8Array | Link>>
interface Link {
  readonly mode: string
  readonly oid?: string
  readonly target?: string
}

/** A bare repository made by the real git, and the plainest possible Trees over it. */
export interface GitRepository extends AsyncDisposable {
  readonly trees: Trees
  /** How often each method of `trees` was called. */
  readonly calls: { list: number; treeAt: number; blob: number }
  commit(files: Files): Promise<string>
  /** Makes every later call fail, as a broken mirror does. */
  breakDown(): void
}

export async function makeRepository(): Promise<GitRepository> {
  const directory = await mkdtemp(join(tmpdir(), 'solewriter-render-'))
  const calls = { list: 0, treeAt: 0, blob: 0 }
  let broken = false
  const git = (args: readonly string[], input: string | Uint8Array = ''): Promise<Buffer> =>
    broken ? Promise.reject(new Error('the mirror is broken')) : run(directory, args, input)
  await git(['init', '-q', '--bare'])
  return {
    calls,
    trees: countedTrees(git, calls),
    commit: (files) => commit(git, files),
    breakDown: () => {
      broken = true
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  }
}

type Git = (args: readonly string[], input?: string | Uint8Array) => Promise<Buffer>

function run(cwd: string, args: readonly string[], input: string | Uint8Array): Promise<Buffer> {
  const env = {
    PATH: process.env['PATH'],
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@example.com',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@example.com',
  }
  return new Promise((resolve, reject) => {
    const options = { cwd, env, encoding: 'buffer', maxBuffer: 2 ** 28 } as const
    const child = execFile('git', args, options, (error, stdout) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`git ${args[0]} failed`, { cause: error }))
    })
    // git may end before it has read what it does not need; its exit code says whether that is bad.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}

async function commit(git: Git, files: Files): Promise<string> {
  const entries: string[] = []
  for (const [path, content] of Object.entries(files)) {
    const { mode, oid } = await entryOf(git, content)
    entries.push(`${mode} ${oid}\t${path}\0`)
  }
  await git(['read-tree', '--empty'])
  await git(['update-index', '-z', '--index-info'], entries.join(''))
  const tree = text(await git(['write-tree']))
  return text(await git(['commit-tree', '-m', 'test', tree]))
}

async function entryOf(git: Git, content: string | Uint8Array | Link) {
  if (typeof content === 'string' || content instanceof Uint8Array) {
    return { mode: '100644', oid: await hash(git, content) }
  }
  return { mode: content.mode, oid: content.oid ?? (await hash(git, content.target ?? '')) }
}

async function hash(git: Git, content: string | Uint8Array): Promise<string> {
  return text(await git(['hash-object', '-w', '--stdin'], content))
}

function text(output: Buffer): string {
  return output.toString('utf8').trim()
}

function countedTrees(git: Git, calls: GitRepository['calls']): Trees {
  return {
    list: async (commit, path) => {
      calls.list += 1
      const args = ['ls-tree', '-r', '-l', '-z', commit, ...(path === '' ? [] : ['--', path])]
      const lines = (await git(args)).toString('utf8').split('\0').slice(0, -1)
      return lines.map(parseEntry)
    },
    treeAt: async (commit, path) => {
      calls.treeAt += 1
      const spec = path === '' ? `${commit}^{tree}` : `${commit}:${path}`
      const oid = text(await git(['rev-parse', '--verify', '-q', spec]).catch(missing))
      return oid === '' ? undefined : oid
    },
    blob: async (oid, limit) => {
      calls.blob += 1
      const bytes = await git(['cat-file', 'blob', oid])
      if (bytes.length > limit) throw new Error('too large')
      return bytes
    },
  }
}

/** `rev-parse --verify -q` exits 1 for a path that is not there; anything else is a failure. */
function missing(error: Error): Buffer {
  const { cause } = error
  if (cause instanceof Error && 'code' in cause && cause.code === 1) return Buffer.alloc(0)
  throw error
}

function parseEntry(line: string): TreeFile {
  const match = /^(\d+) \w+ (\w+) +(\d+|-)\t(.*)$/s.exec(line)
  const [, mode = '', oid = '', size = '', path = ''] = match ?? []
  return { mode, oid, size: size === '-' ? 0 : Number(size), path }
}
