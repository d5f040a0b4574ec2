import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runGit, type Files } from '../git/remote.ts'

/** The bare repository that a gate fetches from; what is committed is there at the next poll. */
export interface Fleet {
  readonly directory: string
  git(args: readonly string[], input?: string | Uint8Array): Promise<string>
  /** One commit on top of the branch that changes these files and keeps the others; null removes. */
  commit(changes: Changes, branch?: string): Promise<string>
  remove(): void
}

type Changes = Readonly<Record<string, Files[string] | null>>

export async function makeFleet(files: Changes = {}): Promise<Fleet> {
  const directory = mkdtempSync(path.join(tmpdir(), 'solewriter-fleet-'))
  await runGit(directory, ['init', '-q', '--bare', '-b', 'main'])
  const git: Fleet['git'] = (args, input) => runGit(directory, args, input)
  const fleet: Fleet = {
    directory,
    git,
    async commit(changes, branch = 'main') {
      const ref = `refs/heads/${branch}`
      const head = await git(['rev-parse', '-q', '--verify', ref]).catch(() => '')
      await git(['read-tree', head === '' ? '--empty' : head])
      await git(['update-index', '-z', '--index-info'], await indexInfo(git, changes))
      const parents = head === '' ? [] : ['-p', head]
      const tree = await git(['write-tree'])
      const commit = await git(['commit-tree', '-m', 'test', ...parents, tree])
      await git(['update-ref', ref, commit])
      return commit
    },
    remove: () => rmSync(directory, { recursive: true }),
  }
  if (Object.keys(files).length > 0) await fleet.commit(files)
  return fleet
}

async function indexInfo(git: Fleet['git'], changes: Changes): Promise<string> {
  const lines: string[] = []
  for (const [file, entry] of Object.entries(changes)) {
    if (entry === null) lines.push(`0 ${'0'.repeat(40)}\t${file}\0`)
    else if (typeof entry === 'string' || entry instanceof Uint8Array) {
      lines.push(`100644 ${await git(['hash-object', '-w', '--stdin'], entry)}\t${file}\0`)
    } else lines.push(`${entry.mode} ${entry.oid}\t${file}\0`)
  }
  return lines.join('')
}
