import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Git } from './local-git.ts'
import {
  isCreation,
  mostRemembered,
  parseReflog,
  remember,
  type Move,
  type TipHistory,
} from './tip-history.ts'

const mostMoves = 50
const tailBytes = 32 * 1024

/** What the repository's own reflog remembers of a branch. */
export async function loadHistory(git: Git, gitDir: string, branch: string): Promise<TipHistory> {
  const moves = parseReflog(await readTail(join(gitDir, 'logs/refs/heads', branch)))
  let history: TipHistory = []
  for (const move of moves.slice(-mostMoves)) history = await extendHistory(git, history, move)
  return history
}

async function extendHistory(git: Git, history: TipHistory, move: Move): Promise<TipHistory> {
  return remember(history, move, isCreation(move) ? [] : await arrivedWith(git, move))
}

/** First-parent commits of the new head that the old one did not contain, newest first. */
async function arrivedWith(git: Git, { from, to }: Move): Promise<readonly string[]> {
  const most = `--max-count=${mostRemembered}`
  const args = ['rev-list', '--first-parent', most, to, `^${from}`, '--']
  // 128: what was forced away long ago may be gone.
  const { code, output } = await git(args, { answers: [0, 128] })
  return code === 0 ? output.toString('latin1').split('\n').slice(0, -1) : []
}

async function readTail(file: string): Promise<string> {
  const handle = await open(file).catch(() => undefined)
  if (handle === undefined) return ''
  try {
    const { size } = await handle.stat()
    const length = Math.min(size, tailBytes)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await handle.close()
  }
}
