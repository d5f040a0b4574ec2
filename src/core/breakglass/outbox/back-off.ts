const first = 1_000
const longest = 300_000

/** Full jitter, in ms: who failed together comes back one by one. `random`: from 0 to 1. */
export function backOff(attempts: number, random: number): number {
  const most = Math.min(first * 2 ** Math.min(Math.max(attempts - 1, 0), 20), longest)
  return Math.round(most * random)
}
