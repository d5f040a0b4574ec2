/**
 * The results of `job` in the order of the items, with so many jobs ahead of the one that is waited
 * for. Whoever stops early, or fails, leaves at most those behind.
 */
export async function* inOrder<T, R>(
  items: Iterable<T>,
  ahead: number,
  job: (item: T) => Promise<R> | R,
): AsyncGenerator<R> {
  const begun: (Promise<R> | R)[] = []
  for (const item of items) {
    const result = job(item)
    // One that fails behind another one that does is nobody's any more.
    if (result instanceof Promise) result.catch(() => undefined)
    begun.push(result)
    if (begun.length > ahead) yield* begun.splice(0, 1)
  }
  yield* begun
}
