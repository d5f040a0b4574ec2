/** What the tool says before it exits: 1 no, 2 usage, 3 could not find out. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly exitCode: 1 | 2 | 3

  constructor(exitCode: 1 | 2 | 3, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.exitCode = exitCode
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

export type Progress = (line: string) => void
