import { createHash } from 'node:crypto'
import { GuardError } from '../core/errors.ts'
import type { CatFile, GitObject } from './cat-file.ts'
import { parseTree, type TreeEntry } from './tree-entries.ts'

const mostTreeBytes = 32 * 1024 * 1024
const mostCommitBytes = 8 * 1024 * 1024

/**
 * Objects by id, each hashed again: what is read is what the commit names, whatever became of the
 * files on disk. An object that is named by another one and is not there means a damaged store.
 */
export class ObjectReader {
  readonly #catFile: CatFile

  constructor(catFile: CatFile) {
    this.#catFile = catFile
  }

  /** The root tree of a commit; undefined if there is no such commit. */
  async treeOf(commit: string): Promise<string | undefined> {
    const info = await this.#catFile.info(commit)
    if (info?.type !== 'commit') return undefined
    const { bytes } = await this.#read(commit, 'commit', mostCommitBytes)
    const tree = /^tree ([0-9a-f]+)\n/.exec(bytes.toString('latin1', 0, 100))?.[1]
    if (tree !== undefined) return tree
    throw new GuardError('MirrorCorrupt', `commit ${commit} names no tree`)
  }

  /** The text of a commit object; undefined if there is no such commit. */
  async commit(oid: string): Promise<string | undefined> {
    const info = await this.#catFile.info(oid)
    if (info?.type !== 'commit') return undefined
    const { bytes } = await this.#read(oid, 'commit', mostCommitBytes)
    return bytes.toString('utf8')
  }

  async tree(oid: string): Promise<readonly TreeEntry[]> {
    const { bytes } = await this.#read(oid, 'tree', mostTreeBytes)
    return parseTree(bytes, oid)
  }

  async blob(oid: string, limit: number): Promise<Buffer> {
    const { bytes } = await this.#read(oid, 'blob', limit)
    return bytes
  }

  async blobSize(oid: string): Promise<number> {
    const info = await this.#catFile.info(oid)
    return existing(info, oid).size
  }

  async #read(oid: string, type: string, limit: number): Promise<GitObject> {
    // The size first: a file of any size would otherwise pass through our memory.
    const { size } = existing(await this.#catFile.info(oid), oid)
    if (size > limit) {
      throw new GuardError('GitOutputTooLarge', `${type} ${oid} has ${size} bytes, over ${limit}`)
    }
    const object = existing(await this.#catFile.contents(oid), oid)
    if (object.type !== type) {
      throw new GuardError('GitFailed', `${oid} is a ${object.type}, not a ${type}`)
    }
    if (hashOf(object, oid.length) === oid) return object
    throw new GuardError('MirrorCorrupt', `object ${oid} does not have its own hash`)
  }
}

function existing<T>(found: T | undefined, oid: string): T {
  if (found !== undefined) return found
  throw new GuardError('MirrorCorrupt', `object ${oid} is missing`)
}

function hashOf({ type, bytes }: GitObject, digits: number): string {
  const hash = createHash(digits === 40 ? 'sha1' : 'sha256')
  return hash.update(`${type} ${bytes.length}\0`).update(bytes).digest('hex')
}
