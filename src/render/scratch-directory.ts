import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

let swept: Promise<void> | undefined

/** A new, empty directory. What a process that was killed has left is removed before the first one is made. */
export async function makeScratchDirectory(parent = tmpdir()): Promise<string> {
  swept ??= sweepScratchDirectories(parent)
  await swept
  return mkdtemp(path.join(parent, `solewriter-build-${process.pid}-`))
}

/** Those of processes that are no more; in a container, whoever was killed had our own process id. */
export async function sweepScratchDirectories(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const [, pid] = /^solewriter-build-(\d+)-/.exec(name) ?? []
    if (pid === undefined || isAnothers(Number(pid))) continue
    await rm(path.join(parent, name), { recursive: true, force: true }).catch(unlessForeign)
  }
}

/** Another user's is not ours to remove. */
function unlessForeign(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EACCES' && error.code !== 'EPERM') throw error
}

function isAnothers(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
