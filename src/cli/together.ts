/** What fails takes the others along: half a process would look like a whole one. */
export async function together(
  signal: AbortSignal,
  parts: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const failing = new AbortController()
  const either = AbortSignal.any([signal, failing.signal])
  const running = parts.map(async (part) => {
    try {
      await part(either)
    } finally {
      failing.abort()
    }
  })
  await Promise.allSettled(running)
  await Promise.all(running)
}
