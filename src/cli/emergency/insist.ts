import type { Written } from '../../kubernetes/emergency.ts'
import { pause } from '../../kubernetes/wait.ts'
import type { Env } from '../env.ts'

const forMs = 20_000
const everyMs = 500

/**
 * Again, for as long as an API server may not have heard yet that the configuration is gone: a
 * webhook that is dead answers nothing, one that is alive denies.
 */
export async function insist(write: () => Promise<Written>, env: Env): Promise<Written> {
  const attempt = async (): Promise<Written> => {
    try {
      return await write()
    } catch (error) {
      const why = error instanceof Error ? error.message : 'unknown reason'
      return { kind: 'refused', why, isFinal: false }
    }
  }
  return untilGood(attempt, (written) => written.kind === 'done' || written.isFinal, env)
}

/** The same of a question that is a review itself; undefined when it is not answered. */
export function insistOnAnswer<T>(ask: () => Promise<T>, env: Env): Promise<T | undefined> {
  const attempt = () => ask().catch(() => undefined)
  return untilGood(attempt, (answer) => answer !== undefined, env)
}

async function untilGood<T>(
  attempt: () => Promise<T>,
  isGood: (outcome: T) => boolean,
  env: Env,
): Promise<T> {
  const deadline = env.now() + forMs
  for (;;) {
    const outcome = await attempt()
    if (isGood(outcome) || env.now() >= deadline || env.signal.aborted) return outcome
    await pause(everyMs, env.signal)
  }
}
