/** One process of a cluster. */
export interface Component {
  readonly name: string
  readonly file: string
  readonly args: readonly string[]
  /** The whole of it; without, what this process has. */
  readonly env?: NodeJS.ProcessEnv
  readonly isReady: () => Promise<boolean>
  readonly readyWithinMs: number
  /**
   * When it dies unasked: the cluster ends with it, it is started again (as a kubelet would), or
   * it stays away for the test to see.
   */
  readonly whenDead: 'end-cluster' | 'revive' | 'stay-away'
}
