import type { ClusterState } from './state.ts'

/** What a supervisor says to the process that started it. */
export type SupervisorMessage =
  | { readonly kind: 'progress'; readonly line: string }
  | { readonly kind: 'ready'; readonly state: ClusterState }
  | { readonly kind: 'failed'; readonly error: string }

/** Resolves once it is sent; a listener that is gone is no matter. */
export function tell(message: SupervisorMessage): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) {
      resolve()
      return
    }
    process.send?.(message, undefined, undefined, () => {
      resolve()
    })
  })
}
