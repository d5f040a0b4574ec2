import { GuardError } from '../core/errors.ts'
import type {
  CommitRange,
  CommitStatus,
  PreviousTip,
  TreeFile,
  Trees,
} from '../core/provenance/repository.ts'
import { BlobSizes } from './blob-sizes.ts'
import { CatFile } from './cat-file.ts'
import { readFirstParents } from './first-parents.ts'
import type { Knowledge } from './knowledge.ts'
import { gitOn } from './local-git.ts'
import { ObjectReader } from './object-reader.ts'
import type { GitProgram } from './run.ts'
import { readTrailers } from './trailers.ts'
import { entryAt, listFiles } from './trees.ts'
import { isSubmodule } from './tree-entries.ts'
import { headOf } from './view.ts'

const mostPrevious = 50

/** A repository directory as it is read: knowledge in memory, objects through two processes. */
export class OpenRepository implements Trees {
  knowledge: Knowledge
  readonly #program: GitProgram
  readonly #gitDir: string
  /** For the request path alone: questions of reviews do not queue behind files of an index job. */
  #checker: CatFile
  #files: CatFile
  readonly #sizes = new BlobSizes()

  constructor(program: GitProgram, gitDir: string, knowledge: Knowledge) {
    this.#program = program
    this.#gitDir = gitDir
    this.knowledge = knowledge
    this.#checker = new CatFile(program, gitDir)
    this.#files = new CatFile(program, gitDir)
  }

  async commit(oid: string): Promise<CommitStatus> {
    const known = this.#reachable(oid)
    if (known !== undefined) return known
    if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(oid)) return { kind: 'unknown' }
    const info = await this.#checker.info(oid)
    if (info === undefined) return { kind: 'unknown' }
    if (info.type !== 'commit') return { kind: 'not-a-commit', type: info.type }
    // A fetch may have ended meanwhile.
    return this.#reachable(oid) ?? { kind: 'unreachable' }
  }

  tipUntil(branch: string, oid: string): number | undefined {
    const { view, histories } = this.knowledge
    const head = headOf(view.tips, branch)
    if (head === undefined) return undefined
    if (head === oid) return Infinity
    return histories.get(branch)?.find(({ commit }) => commit === oid)?.until
  }

  previousTips(branch: string): readonly PreviousTip[] {
    const { view, histories } = this.knowledge
    const head = headOf(view.tips, branch)
    if (head === undefined) return []
    const previous = histories.get(branch) ?? []
    return previous.filter(({ commit }) => commit !== head).slice(0, mostPrevious)
  }

  trailers(key: string, range: CommitRange): Promise<readonly string[]> {
    return readTrailers(gitOn(this.#program, this.#gitDir), key, range)
  }

  firstParents(commit: string, most: number): Promise<readonly string[]> {
    return readFirstParents(gitOn(this.#program, this.#gitDir), commit, most)
  }

  async list(commit: string, path: string): Promise<readonly TreeFile[]> {
    const reader = new ObjectReader(this.#files)
    const root = await this.#root(reader, commit)
    return listFiles(reader, root, { path, sizes: this.#sizes })
  }

  async treeAt(commit: string, path: string): Promise<string | undefined> {
    const reader = new ObjectReader(this.#files)
    const entry = await entryAt(reader, await this.#root(reader, commit), path)
    if (entry === undefined || isSubmodule(entry)) return undefined
    return entry.oid
  }

  blob(oid: string, limit: number): Promise<Uint8Array> {
    return new ObjectReader(this.#files).blob(oid, limit)
  }

  /** Lets go of files that a repack has replaced. */
  async reopen(): Promise<void> {
    const old = [this.#checker, this.#files]
    this.#checker = new CatFile(this.#program, this.#gitDir)
    this.#files = new CatFile(this.#program, this.#gitDir)
    await Promise.all(old.map((one) => one.close()))
  }

  async close(): Promise<void> {
    await Promise.all([this.#checker.close(), this.#files.close()])
  }

  #reachable(oid: string): CommitStatus | undefined {
    const branches = this.knowledge.view.ancestry.branches(oid)
    return branches === undefined ? undefined : { kind: 'reachable', branches }
  }

  async #root(reader: ObjectReader, commit: string): Promise<string> {
    const root = await reader.treeOf(commit)
    if (root !== undefined) return root
    const isDamage = this.#reachable(commit) !== undefined
    throw new GuardError(isDamage ? 'MirrorCorrupt' : 'GitFailed', `there is no commit ${commit}`)
  }
}
