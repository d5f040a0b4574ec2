import type { PreviousTip } from '../core/provenance/repository.ts'

/** One change of a branch as the reflog has it. */
export interface Move {
  readonly from: string
  readonly to: string
  /** Epoch ms. */
  readonly at: number
}

/** Newest first, each commit once. The present head may be among them, if it was head before. */
export type TipHistory = readonly PreviousTip[]

/** Fast-forwards of many commits in one fetch must not push all that came before out at once. */
export const mostRemembered = 1000
const line = /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) [^\t\n]*> (\d{1,12}) [+-]\d{4}(?:\t|$)/

/** What a reflog says, oldest first. A line that a crash cut off says nothing. */
export function parseReflog(text: string): readonly Move[] {
  return text.split('\n').flatMap((written) => {
    const match = line.exec(written)
    if (match === null) return []
    const [, from = '', to = '', seconds = ''] = match
    return [{ from, to, at: Number(seconds) * 1000 }]
  })
}

/** Whether a move created the branch: what was there before was never seen as its head. */
export function isCreation({ from }: Move): boolean {
  return /^0+$/.test(from)
}

/** `arrived`: first-parent commits that the move brought, newest first, the new head included. */
export function remember(history: TipHistory, move: Move, arrived: readonly string[]): TipHistory {
  const passed = arrived.filter((commit) => commit !== move.to)
  const commits = isCreation(move) ? [] : [...passed, move.from]
  const newer = [...new Set(commits)].map((commit) => ({ commit, until: move.at }))
  const older = history.filter(({ commit }) => !commits.includes(commit))
  return [...newer, ...older].slice(0, mostRemembered)
}
