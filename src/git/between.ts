import { eachLine } from './commit-lines.ts'
import type { Git } from './local-git.ts'
import { mostRemembered } from './tip-history.ts'

/** What lies between two heads of one branch. */
export interface Between {
  /** The old one is no ancestor of the new one, or is gone. */
  readonly isForced: boolean
  /** All that the new one brought; nothing where the old one is gone. */
  readonly added: readonly string[]
  /** Of these the first-parent commits, newest first, as many as are remembered. */
  readonly passed: readonly string[]
}

const [left, space] = [0x3c, 0x20]

/** In one walk: each process that is waited for makes a review wait. */
export async function readBetween(git: Git, from: string, to: string): Promise<Between> {
  const added: string[] = []
  const passed: string[] = []
  let isForced = false
  let next = to
  // Children come before their parents, so that one pass follows the first parents.
  const range = ['--topo-order', '--left-right', '--parents', `${from}...${to}`]
  // 128: the old one is gone altogether.
  const code = await eachLine(git, { range, answers: [0, 128] }, (line) => {
    if (line[0] === left) {
      isForced = true
      return
    }
    // Cut from the bytes: a part of a text would keep all of it.
    const [oid, rest] = idAt(line, 1)
    added.push(oid)
    if (oid !== next || passed.length >= mostRemembered) return
    passed.push(oid)
    next = idAt(line, rest)[0]
  })
  return code === 0 ? { isForced, added, passed } : { isForced: true, added: [], passed: [] }
}

/** Empty where there is none. */
function idAt(line: Buffer, from: number): readonly [oid: string, next: number] {
  const end = line.indexOf(space, from)
  const to = end === -1 ? line.length : end
  return [line.toString('latin1', from, to), to + 1]
}
