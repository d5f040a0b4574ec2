import { open, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import type { Sink } from '../core/breakglass/outbox/sink.ts'
import { canonicalJson } from '../core/manifest/canonical.ts'
import { revisionOf } from './secret-file.ts'
import type { SinkEntry } from './sink-entry.ts'

/** Appends lines to files, one after the other. */
export type Append = (file: string, line: string) => Promise<void>

/** CloudEvents as JSON Lines. A line may come twice after a crash, with the same `source` and `id`. */
export function fileSink(entry: SinkEntry & { readonly path: string }, append: Append): Sink {
  const { name, mandatory, path: file } = entry
  return {
    name,
    isMandatory: mandatory,
    wants: () => true,
    revision: () => revisionOf(entry, []),
    async deliver({ event }) {
      try {
        await append(file, canonicalJson(event))
        return { kind: 'delivered' }
      } catch (error) {
        const { code } = error as { readonly code?: string }
        return { kind: 'later', why: `cannot be written: ${code ?? 'unknown'}` }
      }
    },
  }
}

/** One for a process: two that write to one file would mix their lines. */
export function createAppend(): Append {
  const last = new Map<string, Promise<void>>()
  return (file, line) => {
    const before = last.get(file) ?? Promise.resolve()
    const own = before.catch(() => undefined).then(() => appendLine(file, line))
    last.set(file, own)
    return own
  }
}

/** On disk when it resolves. Opened each time: whoever ships it may have moved it away. */
async function appendLine(file: string, line: string): Promise<void> {
  const handle = await open(file, 'a+', 0o600)
  try {
    const { size } = await handle.stat()
    // Half a line of a write that was cut off stays a line of its own.
    const begin = size > 0 && !(await endsLine(handle, size)) ? '\n' : ''
    await handle.writeFile(`${begin}${line}\n`)
    await handle.sync()
    if (size === 0) await syncDirectory(path.dirname(file))
  } finally {
    await handle.close()
  }
}

async function endsLine(handle: FileHandle, size: number): Promise<boolean> {
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0] === '\n'.charCodeAt(0)
}

/** A new file is there after a crash only if its directory says so. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
