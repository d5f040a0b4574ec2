/** Lets one through at a time, and so many ms apart. Rejects when nobody waits any more. */
export function createPace(
  every: number,
  now: () => number,
): (signal: AbortSignal) => Promise<void> {
  let next = 0
  return async (signal) => {
    const wait = Math.max(next - now(), 0)
    next = now() + wait + every
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, wait)
      const end = () => {
        clearTimeout(timer)
        resolve()
      }
      signal.addEventListener('abort', end, { once: true })
      if (signal.aborted) end()
    })
    signal.throwIfAborted()
  }
}
