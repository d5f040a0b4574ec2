/**
 * Which branches contain which commits, for every commit that any of them contains: one look-up in
 * memory per question. Commits of the same branches share one list.
 */
export class Ancestry {
  readonly #policyOrder: readonly string[]
  readonly #branchesOf = new Map<string, readonly string[]>()
  readonly #lists = new Map<string, readonly string[]>()

  constructor(policyOrder: readonly string[]) {
    this.#policyOrder = policyOrder
  }

  /** In policy order; undefined if no branch contains the commit. */
  branches(commit: string): readonly string[] | undefined {
    return this.#branchesOf.get(commit)
  }

  add(branch: string, commit: string): void {
    const known = this.#branchesOf.get(commit)
    if (known?.includes(branch) === true) return
    this.#branchesOf.set(commit, this.#list([...(known ?? []), branch]))
  }

  get size(): number {
    return this.#branchesOf.size
  }

  #list(branches: readonly string[]): readonly string[] {
    const ordered = this.#policyOrder.filter((branch) => branches.includes(branch))
    const key = ordered.join('\n')
    const list = this.#lists.get(key) ?? Object.freeze(ordered)
    this.#lists.set(key, list)
    return list
  }
}
