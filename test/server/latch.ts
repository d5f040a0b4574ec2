import { allowed } from './gate.ts'
import type { Handle } from '../../src/server/admission.ts'

/** A handle that waits for the test: who has come in, and the word to go on. */
export interface Latch {
  readonly handle: Handle
  /** Users whose reviews are being decided or were. */
  readonly entered: readonly string[]
  /** Resolves when so many have entered. */
  reached(count: number): Promise<void>
  open(): void
}

export function makeLatch(): Latch {
  const entered: string[] = []
  const waiting: { readonly count: number; readonly resolve: () => void }[] = []
  const gate = Promise.withResolvers<undefined>()
  return {
    entered,
    async handle(request) {
      entered.push(request.user.username)
      for (const each of waiting) if (entered.length >= each.count) each.resolve()
      await gate.promise
      return allowed
    },
    reached(count) {
      return new Promise((resolve) => {
        if (entered.length >= count) resolve()
        else waiting.push({ count, resolve })
      })
    },
    open: () => {
      gate.resolve(undefined)
    },
  }
}
