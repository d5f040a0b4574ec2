import assert from 'node:assert/strict'
import { stringAt } from '../../src/core/manifest/json.ts'
import { storeKey, type WatchStore } from '../../src/kubernetes/watch-store.ts'
import { watchedObject } from './watched-object.ts'

/** What happens in a cluster, and how a client gets to know of it. */
export type Step =
  | { readonly kind: 'write' | 'delete'; readonly name: string }
  /** The next watch event arrives. */
  | { readonly kind: 'deliver' | 'bookmark' }
  /** The watch ends; a list is taken now and arrives later. */
  | { readonly kind: 'list' | 'finish-list' }
  | { readonly kind: 'begin-read'; readonly name: string }
  /** The oldest but `which` of the reads that are under way ends. */
  | { readonly kind: 'end-read'; readonly which: number }

interface Fact {
  readonly revision: number
  readonly name: string
  readonly exists: boolean
}

interface Read {
  readonly name: string
  /** State at the time of its start or later: taken at once, told late. */
  readonly revision: number
}

interface Running {
  readonly current: (name: string) => number | undefined
  readonly catchUp: () => void
}

/** One store of objects with its revisions, and a client that is behind it. */
class History {
  readonly #store: WatchStore
  readonly #facts: Fact[] = []
  readonly #reads: Read[] = []
  /** Up to which revision the watch has told; undefined while there is none. */
  #watched: number | undefined
  #listedAt: number | undefined
  /** By name: nothing older than the state at that revision may be shown any more. */
  readonly #floor = new Map<string, number>()

  constructor(store: WatchStore) {
    this.#store = store
  }

  get #revision(): number {
    return this.#facts.length
  }

  take(step: Step): void {
    switch (step.kind) {
      case 'write':
        this.#write(step.name, true)
        return
      case 'delete':
        this.#write(step.name, false)
        return
      case 'deliver':
        this.#deliver()
        return
      case 'bookmark':
        this.#bookmark()
        return
      case 'list':
        this.#beginList()
        return
      case 'finish-list':
        this.#finishList()
        return
      case 'begin-read':
        this.#reads.push({ name: step.name, revision: this.#revision })
        return
      case 'end-read':
        this.#endRead(step.which)
    }
  }

  #write(name: string, exists: boolean): void {
    if (!exists && this.current(name) === undefined) return
    this.#facts.push({ revision: this.#revision + 1, name, exists })
  }

  current(name: string): number | undefined {
    return this.#stateAt(name, this.#revision)
  }

  catchUp(): void {
    this.#listedAt ??= this.#watched === undefined ? this.#revision : undefined
    this.#finishList()
    while ((this.#watched ?? this.#revision) < this.#revision) this.#deliver()
  }

  /** What is shown must not be older than what was shown, or was read, before. */
  check(name: string): void {
    const shown = this.#shown(name)
    const floor = this.#floor.get(name) ?? 0
    const from = this.#intervals(name).find(
      ({ version, end }) => version === shown && end > floor,
    )?.start
    assert.ok(from !== undefined, `${name} shows ${shown ?? 'nothing'} after ${floor}`)
    this.#floor.set(name, Math.max(floor, from))
  }

  #deliver(): void {
    if (this.#watched === undefined) return
    const fact = this.#facts[this.#watched]
    if (fact === undefined) return
    this.#watched += 1
    const { name, exists, revision } = fact
    if (exists) this.#store.put(watchedObject(name, revision))
    else this.#store.remove(storeKey('shop', name), BigInt(revision))
    this.#store.advance(BigInt(revision))
  }

  #bookmark(): void {
    this.#store.advance(BigInt(this.#watched ?? 0))
  }

  #beginList(): void {
    this.#watched = undefined
    this.#listedAt ??= this.#revision
  }

  #finishList(): void {
    const at = this.#listedAt
    if (at === undefined) return
    const found = ['a', 'b'].flatMap((name) => {
      const version = this.#stateAt(name, at)
      return version === undefined ? [] : [watchedObject(name, version)]
    })
    this.#store.replace(found, BigInt(at))
    this.#listedAt = undefined
    this.#watched = at
  }

  #endRead(which: number): void {
    const index = Math.min(which, this.#reads.length - 1)
    const [read] = index < 0 ? [] : this.#reads.splice(index, 1)
    if (read === undefined) return
    const { name, revision } = read
    const version = this.#stateAt(name, revision)
    if (version === undefined) this.#store.putAbsent(storeKey('shop', name), BigInt(revision))
    else this.#store.put(watchedObject(name, version))
    this.#floor.set(name, Math.max(this.#floor.get(name) ?? 0, revision))
  }

  #shown(name: string): number | undefined {
    const text = stringAt(this.#store.get(storeKey('shop', name)), 'metadata', 'resourceVersion')
    return text === undefined ? undefined : Number(text)
  }

  #stateAt(name: string, revision: number): number | undefined {
    return this.#intervals(name).findLast(({ start }) => start <= revision)?.version
  }

  /** From when until when the object was there in one version, or was not there. */
  #intervals(name: string) {
    const own = this.#facts.filter((fact) => fact.name === name)
    const states = [
      { start: 0, version: undefined },
      ...own.map(({ revision, exists }) => ({
        start: revision,
        version: exists ? revision : undefined,
      })),
    ]
    return states.map((state, index) => ({ ...state, end: states[index + 1]?.start ?? Infinity }))
  }
}

export function runHistory(steps: readonly Step[], store: WatchStore): Running {
  const history = new History(store)
  for (const step of steps) {
    history.take(step)
    for (const name of ['a', 'b']) history.check(name)
  }
  return {
    current: (name) => history.current(name),
    catchUp: () => {
      history.catchUp()
    },
  }
}
