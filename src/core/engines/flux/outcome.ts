/** What a question about engine objects comes to. */
export type Outcome<T> = { readonly kind: 'known'; readonly value: T } | Obstacle

/** `none`: nothing to say for now. `refused`: what it says cannot be checked, whatever happens next. */
export interface Obstacle {
  readonly kind: 'none' | 'refused'
  readonly why: string
}

export function known<T>(value: T): Outcome<T> {
  return { kind: 'known', value }
}

export function none(why: string): Obstacle {
  return { kind: 'none', why }
}

export function refused(why: string): Obstacle {
  return { kind: 'refused', why }
}

/** Texts of the cluster, as far as messages show them. */
export function shown(text: string): string {
  return text.slice(0, 100)
}
