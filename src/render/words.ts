const mostWords = 10_000

/**
 * One string for all that are equal. Each file comes from its thread with strings of its own, and
 * most objects are of few kinds in few namespaces.
 */
export class Words {
  readonly #known = new Map<string, string>()

  get(word: string): string {
    const known = this.#known.get(word)
    if (known !== undefined) return known
    if (this.#known.size >= mostWords) this.#known.clear()
    this.#known.set(word, word)
    return word
  }
}
