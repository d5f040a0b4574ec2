/** What every sink of the policy says. */
export interface SinkEntry {
  readonly name: string
  readonly mandatory: boolean
}
