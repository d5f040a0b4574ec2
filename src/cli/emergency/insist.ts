import type { Written } from '../../kubernetes/emergency.ts'
import { pause } from '../../kubernetes/wait.ts'
import type { Env } from '../env.ts'

const forMs = 20_000
const everyMs = 1_000

/**
 * Again, for as long as another API server may not have heard yet that the configuration is gone:
 * a webhook that is dead answers nothing, one that is alive denies.
 */
export async function insist(write: () => Promise<Written>, env: Env): Promise<Written> {
  const deadline = env.now() + forMs
  for (;;) {
    const written = await attempt(write)
    if (written.kind === 'done' || env.now() >= deadline || env.signal.aborted) return written
    await pause(everyMs, env.signal)
  }
}

async function attempt(write: () => Promise<Written>): Promise<Written> {
  try {
    return await write()
  } catch (error) {
    return { kind: 'refused', why: error instanceof Error ? error.message : 'unknown reason' }
  }
}
