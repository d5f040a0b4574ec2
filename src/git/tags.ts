import type { TagStatus } from '../core/provenance/repository.ts'
import type { TagMove } from './mirror-event.ts'
import { nameBelow, type Ref } from './refs.ts'

const branchPrefix = 'refs/heads/'
const tagPrefix = 'refs/tags/'

interface Tag {
  readonly oid: string
  /** What an annotated tag stands for in the end. */
  readonly peeled?: string
}

/** The tags of a repository at one moment. Its branches, all of them, say which names mean only a tag. */
export class Tags {
  readonly #tags = new Map<string, Tag>()
  readonly #branches = new Set<string>()

  constructor(refs: readonly Ref[]) {
    for (const { oid, name } of refs) {
      const branch = nameBelow(branchPrefix, name)
      if (branch !== undefined) this.#branches.add(branch)
      const tag = nameBelow(tagPrefix, name)
      if (tag !== undefined) this.#add(tag, oid)
    }
  }

  /** By its own name, or in full. */
  find(name: string): TagStatus {
    const tag = this.#tags.get(nameBelow(tagPrefix, name) ?? name)
    if (tag === undefined) return { kind: 'absent' }
    if (this.#branches.has(name)) return { kind: 'ambiguous' }
    const { oid, peeled } = tag
    return peeled === undefined
      ? { kind: 'found', commit: oid }
      : { kind: 'found', commit: peeled, object: oid }
  }

  /** What means something else than before. */
  movesSince(before: Tags = new Tags([])): readonly TagMove[] {
    const moves: TagMove[] = []
    for (const tag of new Set([...before.#tags.keys(), ...this.#tags.keys()])) {
      const from = before.#commitOf(tag)
      const to = this.#commitOf(tag)
      const isAsFree = [tag, `${tagPrefix}${tag}`].every(
        (name) => before.#branches.has(name) === this.#branches.has(name),
      )
      if (from !== to || !isAsFree) moves.push({ tag, from, to })
    }
    return moves
  }

  /** An id of no kind in particular: a tag may stand for a tree or a file. */
  #commitOf(tag: string): string | undefined {
    const { oid, peeled = oid } = this.#tags.get(tag) ?? {}
    return peeled
  }

  /** No name of a ref holds a ^. The tag itself comes first. */
  #add(name: string, oid: string): void {
    const [, annotated] = /^(.+)\^\{\}$/.exec(name) ?? []
    if (annotated === undefined) this.#tags.set(name, { oid })
    else this.#tags.set(annotated, { oid: this.#tags.get(annotated)?.oid ?? oid, peeled: oid })
  }
}
