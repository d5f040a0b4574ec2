/** The demo saw something else than it promised to show. */
export class Surprise extends Error {
  override readonly name = 'Surprise'

  constructor(command: string, expected: string, found: string) {
    super(`This was not to be expected of\n  ${command}\nexpected: ${expected}\nfound:    ${found}`)
  }
}
