import { ftruncateSync, statSync, writeSync } from 'node:fs'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import path from 'node:path'

/** What became of bytes that were to be appended. */
export type Written =
  | { readonly kind: 'written' }
  /** `kept` of them stand in the file all the same, at its end or in a file that has no name. */
  | { readonly kind: 'failed'; readonly kept: number; readonly cause: unknown }

/** A file that only this process writes, once and to its end. */
export interface RecordFile {
  readonly path: string
  /** Bytes in it. */
  readonly size: number
  /**
   * Into the kernel's memory, which outlives this process. It waits for no disk and takes a few
   * microseconds: to hand it to another thread and to be woken again would take many times that.
   */
  append(bytes: Uint8Array): Written
  /** Resolves when everything appended before is on disk. */
  sync(): Promise<void>
  /** Syncs and closes, also when it rejects: nothing follows. Removes it if it holds nothing. */
  finish(): Promise<void>
  /** Closes after a failure. Never rejects. */
  abandon(): Promise<void>
}

export type CreateRecordFile = (file: string) => Promise<RecordFile>

export const createRecordFile: CreateRecordFile = async (file) => {
  // Append-only and new: neither an older file nor a link that somebody has put there is written to.
  const handle = await open(file, 'ax', 0o600)
  try {
    return new OwnFile(file, handle, await handle.stat())
  } catch (cause) {
    await handle.close()
    throw cause
  }
}

interface Identity {
  readonly dev: number
  readonly ino: number
}

class OwnFile implements RecordFile {
  readonly path: string
  readonly #handle: FileHandle
  readonly #identity: Identity
  #size = 0
  #isEntrySynced = false
  #state: 'open' | 'finished' | 'abandoned' = 'open'

  constructor(file: string, handle: FileHandle, { dev, ino }: Identity) {
    this.path = file
    this.#handle = handle
    this.#identity = { dev, ino }
  }

  get size(): number {
    return this.#size
  }

  append(bytes: Uint8Array): Written {
    let done = 0
    try {
      while (done < bytes.length) {
        const count = writeSync(this.#handle.fd, bytes, done, bytes.length - done)
        if (count === 0) throw new Error('the file takes no more bytes')
        done += count
      }
    } catch (cause) {
      const kept = this.#takeBack(done)
      this.#size += kept
      return { kind: 'failed', kept, cause }
    }
    this.#size += done
    const cause = this.#whyNotInPlace()
    return cause === undefined ? { kind: 'written' } : { kind: 'failed', kept: done, cause }
  }

  async sync(): Promise<void> {
    if (this.#state === 'finished') return
    // After a failed sync the kernel forgets what it could not write: the next one proves nothing.
    if (this.#state === 'abandoned') throw new Error('the file was given up')
    await this.#handle.datasync()
    if (this.#isEntrySynced) return
    await syncDirectory(path.dirname(this.path))
    this.#isEntrySynced = true
  }

  async finish(): Promise<void> {
    try {
      await this.sync()
    } catch (cause) {
      await this.abandon()
      throw cause
    }
    if (this.#state !== 'open') return
    this.#state = 'finished'
    await this.#handle.close()
    if (this.#size === 0) await unlink(this.path)
  }

  async abandon(): Promise<void> {
    if (this.#state !== 'open') return
    this.#state = 'abandoned'
    await this.#handle.close().catch(() => {})
  }

  /** A half line would make a reader stumble. How many bytes could not be taken back? */
  #takeBack(done: number): number {
    try {
      if (done > 0) ftruncateSync(this.#handle.fd, this.#size)
      return 0
    } catch {
      return done
    }
  }

  /**
   * A file that was removed, moved or cut goes on taking bytes that nobody will ever find. What was
   * written a moment ago is in the kernel's memory: this waits for no disk.
   */
  #whyNotInPlace(): unknown {
    try {
      const { dev, ino, size } = statSync(this.path)
      if (ino !== this.#identity.ino || dev !== this.#identity.dev) {
        return new Error('the file was replaced')
      }
      return size === this.#size ? undefined : new Error('somebody else changed the file')
    } catch (cause) {
      return cause
    }
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
