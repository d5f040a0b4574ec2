import type { End, Order } from './order.ts'

/** To the process that starts the others. `id` is the caller's. */
export type Request =
  | { readonly kind: 'start'; readonly id: number; readonly order: Order }
  | { readonly kind: 'kill'; readonly id: number }

/** From it. Nothing comes for an id after `ended` or `failed`. */
export type Report =
  | { readonly kind: 'output' | 'complaint'; readonly id: number; readonly chunk: Buffer }
  | { readonly kind: 'ended'; readonly id: number; readonly end: End }
  | { readonly kind: 'failed'; readonly id: number; readonly error: Error }
