/** A program in a process group of its own: no shell, and no environment but this one. */
export interface Order {
  /** A name without a slash is looked for in the `PATH` of `env`. */
  readonly program: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** What it may read from descriptor 3: for what must not be seen in arguments. */
  readonly secret?: string
  /** Everything else goes first. */
  readonly isPatient?: boolean
  /** How long what it leaves behind may still write, in milliseconds. */
  readonly stragglersMs: number
}

/** What is read next waits for what they promise. */
export interface Listener {
  readonly onOutput: (chunk: Buffer) => void | Promise<void>
  readonly onComplaint: (chunk: Buffer) => void | Promise<void>
}

export interface End {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Running {
  /** After the last chunk. Rejects if the program cannot be started, or nobody knows what became of it. */
  readonly ended: Promise<End>
  /** With all of its group. */
  kill(): void
}

export type Start = (order: Order, listener: Listener) => Running
