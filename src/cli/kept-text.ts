import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** A text that outlives the process. */
export interface KeptText {
  /** Undefined if there is none, or none that can be read. */
  load(): Promise<string | undefined>
  /** Readers see the old or the new one, never half of one. */
  save(text: string): Promise<void>
}

/** The one of that name, in a file of the directory, which is made when it is needed. */
export function keptText(directory: string, name: string): KeptText {
  const digest = createHash('sha256').update(name, 'utf8').digest('hex').slice(0, 32)
  const file = path.join(directory, digest)
  return {
    load: () => readFile(file, 'utf8').catch(() => undefined),
    async save(text) {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      const next = `${file}.${randomUUID()}`
      await writeFile(next, text, { mode: 0o600 })
      await rename(next, file)
    },
  }
}
