/** What the baseline is asked, and what it found. */
export interface Order {
  readonly directory: string
  readonly commit: string
}

export interface News {
  readonly milliseconds: number
  readonly cpuMicros: number
  readonly bytes: number
  readonly objects: number
}
