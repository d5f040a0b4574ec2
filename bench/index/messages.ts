/** What the measuring process asks of a child, one thing after the other. */
export type Order =
  | { readonly kind: 'index'; readonly directory: string; readonly commit: string }
  | { readonly kind: 'memory' }

export interface News {
  readonly kind: Order['kind']
  readonly milliseconds: number
  readonly objects: number
  readonly peakMib: number
}
