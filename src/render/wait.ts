/**
 * The answer, or `late` once the signal ends the wait. An answer that needs nothing but memory is
 * given even if the signal has ended before.
 */
export async function waitUntil<T, L>(
  signal: AbortSignal,
  answer: Promise<T>,
  late: L,
): Promise<T | L> {
  // Nobody may be waiting any more when it fails.
  answer.catch(() => undefined)
  if (signal.aborted) {
    return Promise.race([answer, new Promise<L>((resolve) => setImmediate(resolve, late))])
  }
  let end: (() => void) | undefined
  const ended = new Promise<L>((resolve) => {
    end = () => resolve(late)
    signal.addEventListener('abort', end, { once: true })
  })
  try {
    return await Promise.race([answer, ended])
  } finally {
    if (end !== undefined) signal.removeEventListener('abort', end)
  }
}
