import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'

const mountedAt = '/mnt'
const atOnce = Buffer.alloc(64 * 1024)

/** A file system of its own in the memory of the machine, which goes with the process that holds it. */
export interface SmallDisk {
  /** Where every process of this user finds it. */
  readonly directory: string
  readonly free: () => number
  /** Takes all that is left. */
  fill(): void
  /** Gives back what was taken. */
  clear(): void
  /** Another one, which nobody may write to, in its place; and away with that. */
  hide(): Promise<void>
  show(): Promise<void>
  end(): void
}

/** Root needs no other user's rights for it; whoever else may have them in a namespace of his own. */
const ways = [['-m'], ['-rm']] as const
const way = ways.find((flags) => spawnSync('unshare', [...flags, 'true']).status === 0)

/** Why there can be none here. */
export const whyNoDisk: string | false =
  way === undefined ? 'no mount namespace to be had: neither root nor user namespaces' : false

export async function openSmallDisk(mebibytes: number): Promise<SmallDisk> {
  assert.ok(way !== undefined, String(whyNoDisk))
  const shell = 'while read -r line; do $line && echo done || echo failed; done'
  const holder = spawn('unshare', [...way, 'sh', '-c', shell], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const answers = createInterface({ input: holder.stdout })[Symbol.asyncIterator]()
  const ask = async (command: string) => {
    holder.stdin.write(`${command}\n`)
    assert.equal((await answers.next()).value, 'done', command)
  }
  await ask(`mount -t tmpfs -o size=${mebibytes}m,mode=0700 tmpfs ${mountedAt}`)
  // A mount namespace is seen from outside by whoever may look at its process.
  const directory = `/proc/${holder.pid}/root${mountedAt}`
  const filler = path.join(directory, 'filler')
  return {
    directory,
    free: () => {
      const { bavail, bsize } = statfsSync(directory)
      return bavail * bsize
    },
    fill: () => {
      fill(filler)
    },
    clear: () => {
      rmSync(filler)
    },
    hide: () => ask(`mount -t tmpfs -o ro,mode=0700 tmpfs ${mountedAt}`),
    show: () => ask(`umount ${mountedAt}`),
    end: () => {
      holder.stdin.end()
      holder.kill('SIGKILL')
    },
  }
}

/** In large pieces first, to the last byte. */
function fill(file: string): void {
  const descriptor = openSync(file, 'a')
  try {
    for (let size = atOnce.length; size > 0;) {
      const isTaken = tryToWrite(descriptor, atOnce.subarray(0, size))
      if (!isTaken) size = Math.floor(size / 2)
    }
  } finally {
    closeSync(descriptor)
  }
}

/** Also where only some of it was taken: the next piece is not. */
function tryToWrite(descriptor: number, bytes: Buffer): boolean {
  try {
    return writeSync(descriptor, bytes) > 0
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC')
    return false
  }
}
