/** When everything that goes on by itself has come to a stop; in the same turn of the event loop. */
export function afterMicrotasks(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve)
  })
}

export function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
