import { constants } from 'node:fs'
import { mkdir, open, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import type { RecordTarget, Shipment, Shipped } from '../core/audit/shipment.ts'

/**
 * Copies record files to another directory, under their own names and never compressed. What is there
 * already is written again as it was, so that nothing is there twice.
 */
export function recordDirectory(name: string, directory: string): RecordTarget {
  return {
    name,
    async deliver(shipment) {
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 })
        return await write(path.join(directory, shipment.file), shipment)
      } catch (error) {
        const { code = 'unknown' } = error as { readonly code?: string }
        return { kind: 'later', why: `cannot be written: ${code}` }
      }
    },
  }
}

const { O_CREAT, O_RDWR, O_NOFOLLOW } = constants

async function write(file: string, { offset, bytes }: Shipment): Promise<Shipped> {
  await using handle = await open(file, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600)
  const { size } = await handle.stat()
  // Somebody has moved away what we are in the middle of.
  if (size < offset) return { kind: 'behind', offset: 0 }
  await writeAt(handle, offset, bytes)
  await handle.sync()
  if (size === 0) await syncDirectory(path.dirname(file))
  return { kind: 'delivered' }
}

async function writeAt(handle: FileHandle, offset: number, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, offset + done)
    if (bytesWritten === 0) throw new Error('the file takes no more bytes')
    done += bytesWritten
  }
}

/** A new file is there after a crash only if its directory says so. */
async function syncDirectory(directory: string): Promise<void> {
  await using handle = await open(directory, 'r')
  await handle.sync()
}
