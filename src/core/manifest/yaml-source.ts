// Spellings of text that the YAML library and Kubernetes' reader were seen to read differently
// (test/core/manifest/kubectl-agreement.test.ts). `type` is the library's name of the style.

/** A quoted text from its first to its last quote: the library ends some at an escaped one. */
const wholeQuoted: ReadonlyMap<string, RegExp> = new Map([
  ['QUOTE_SINGLE', /^'[^']*(?:''[^']*)*'$/],
  ['QUOTE_DOUBLE', /^"[^"\\]*(?:\\[^][^"\\]*)*"$/],
])

const doubts: readonly (readonly [string, RegExp, string])[] = [
  ['PLAIN', /^\?/, 'a value that begins with ?: quote it'],
  // The library drops the empty lines after an escaped line end, Go keeps them.
  ['QUOTE_DOUBLE', /\\\n[ \t]*\n/, 'an empty line after a backslash in quotes'],
  ['QUOTE_DOUBLE', /\\u[dD][89a-fA-F]/, 'half a surrogate pair, as an escape: write the character'],
]

export function findSourceDoubt(type: string | undefined, source: string): string | undefined {
  if (wholeQuoted.get(type ?? '')?.test(source) === false) {
    return 'a quoted text that goes on further to the left'
  }
  return doubts.find(([style, pattern]) => style === type && pattern.test(source))?.[2]
}

/** Blank lines at the end of a block that reach past its indentation: text to Go, nothing to us. */
export function findBlockDoubt(
  type: string | undefined,
  source: string,
  after: () => string,
): string | undefined {
  if (type !== 'BLOCK_LITERAL' && type !== 'BLOCK_FOLDED') return undefined
  return endsInSpaces(source + after()) ? 'a text block that ends in lines of spaces' : undefined
}

function endsInSpaces(block: string): boolean {
  const [header = '', ...lines] = block.split('\n')
  const last = lines.findLastIndex((line) => line.trim() !== '')
  const ending = lines.slice(last + 1).reduce((most, line) => Math.max(most, line.length), 0)
  const first = /\d/.test(header) ? undefined : lines.find((line) => line.trim() !== '')
  return ending > (first === undefined ? 0 : first.length - first.trimStart().length)
}
