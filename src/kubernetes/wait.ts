import { GuardError } from '../core/errors.ts'

/** The result, or ClusterUnreachable as soon as nobody waits any more; the work itself goes on. */
export function until<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const giveUp = () => {
      const cause: unknown = signal.reason
      reject(
        new GuardError('ClusterUnreachable', 'nobody waits for the cluster any more', { cause }),
      )
    }
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', giveUp)
    })
  })
}

/** Resolves after that time or when the signal is aborted, whichever comes first. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, Math.max(ms, 0))
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
  })
}
