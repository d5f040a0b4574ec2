import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export interface TextFile {
  readonly file: string
  readonly text: string
}

/** All files below a directory, as text. */
export function filesBelow(directory: string): readonly TextFile[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = path.join(entry.parentPath, entry.name)
      return { file, text: readFileSync(file, 'utf8') }
    })
}
