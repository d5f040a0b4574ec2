import { createReadStream, createWriteStream } from 'node:fs'
import { open, rename, rm, stat, unlink, utimes } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { bytesOf } from './record-bytes.ts'

/**
 * Puts a compressed file in the place of one that nobody writes any more. The old one is removed once
 * the new one is on disk and holds as much.
 */
export async function compressFile(file: string, signal: AbortSignal): Promise<void> {
  const unfinished = `${file}.part.gz`
  const { size, atime, mtime } = await stat(file)
  try {
    const target = createWriteStream(unfinished, { mode: 0o600, flush: true })
    await pipeline(createReadStream(file), createGzip(), target, { signal })
    await utimes(unfinished, atime, mtime)
    if ((await lengthOf(unfinished)) !== size) throw new Error('it did not come out whole')
    await rename(unfinished, `${file}.gz`)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
  await syncDirectory(path.dirname(file))
  await unlink(file)
}

async function lengthOf(compressed: string): Promise<number> {
  let length = 0
  for await (const chunk of bytesOf(compressed)) length += chunk.length
  return length
}

async function syncDirectory(directory: string): Promise<void> {
  await using handle = await open(directory, 'r')
  await handle.sync()
}
