/** The answer is no, in words for whoever asked. Never holds a token. */
export class Refused extends Error {
  override readonly name = 'Refused'
}
