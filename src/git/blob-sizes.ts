import type { ObjectReader } from './object-reader.ts'

/** As many as a tree may have entries. */
const mostSizes = 200_000

/**
 * Sizes of blobs, which never change: to ask git for each of ten thousand files again takes longer
 * than a commit that changes ten of them should.
 */
export class BlobSizes {
  readonly #sizes = new Map<string, number>()

  async get(reader: ObjectReader, oid: string): Promise<number> {
    const known = this.#sizes.get(oid)
    if (known !== undefined) return known
    const size = await reader.blobSize(oid)
    for (const oldest of this.#sizes.keys()) {
      if (this.#sizes.size < mostSizes) break
      this.#sizes.delete(oldest)
    }
    this.#sizes.set(oid, size)
    return size
  }
}
