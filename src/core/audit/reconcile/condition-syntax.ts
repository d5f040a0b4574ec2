// The part of CEL in which our match conditions are written, as a tree.

export type Expression =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'name'; readonly name: string }
  | Field
  | { readonly kind: 'index'; readonly of: Expression; readonly key: Expression }
  | { readonly kind: 'not'; readonly of: Expression }
  | Binary
  | {
      readonly kind: 'choice'
      readonly test: Expression
      readonly yes: Expression
      readonly no: Expression
    }
  | { readonly kind: 'has'; readonly field: Field }
  | { readonly kind: 'startsWith'; readonly of: Expression; readonly prefix: Expression }
  | {
      readonly kind: 'exists'
      readonly of: Expression
      readonly item: string
      readonly test: Expression
    }

interface Field {
  readonly kind: 'field'
  readonly of: Expression
  readonly name: string
}

interface Binary {
  readonly kind: 'binary'
  readonly operator: Operator
  readonly left: Expression
  readonly right: Expression
}

/** From those that bind least. */
const operators = [['||'], ['&&'], ['==', '!=', 'in'], ['+']] as const
type Operator = (typeof operators)[number][number]

const token = /\s*(?:('[^'\\]*'|[A-Za-z_]\w*|\|\||&&|[=!]=|[!?:+.,()[\]])|$)/y

/** Throws SyntaxError on all that is not of that part. */
export function parseCondition(text: string): Expression {
  const reader = readerOf(tokensOf(text))
  const expression = readChoice(reader)
  if (reader.peek() !== undefined) throw reader.unexpected()
  return expression
}

function tokensOf(text: string): readonly string[] {
  const tokens: string[] = []
  token.lastIndex = 0
  while (token.lastIndex < text.length) {
    const match = token.exec(text)
    if (match === null) throw new SyntaxError(`no such condition: ${text}`)
    if (match[1] === undefined) break
    tokens.push(match[1])
  }
  return tokens
}

interface Reader {
  peek(): string | undefined
  /** The next one, which must be `wanted` when that is given. */
  take(wanted?: string): string
  /** Takes it if it is the next one. */
  skip(wanted: string): boolean
  unexpected(): SyntaxError
}

function readerOf(tokens: readonly string[]): Reader {
  let place = 0
  const unexpected = () =>
    new SyntaxError(`no such condition: ${tokens[place] ?? 'its end'} at token ${place}`)
  const reader: Reader = {
    peek: () => tokens[place],
    take: (wanted) => {
      const next = tokens[place]
      if (next === undefined || (wanted !== undefined && next !== wanted)) throw unexpected()
      place += 1
      return next
    },
    skip: (wanted) => {
      if (tokens[place] !== wanted) return false
      place += 1
      return true
    },
    unexpected,
  }
  return reader
}

function readChoice(reader: Reader): Expression {
  const test = readBinary(reader, 0)
  if (!reader.skip('?')) return test
  const yes = readChoice(reader)
  reader.take(':')
  return { kind: 'choice', test, yes, no: readChoice(reader) }
}

function readBinary(reader: Reader, level: number): Expression {
  const here: readonly Operator[] | undefined = operators[level]
  if (here === undefined) return readUnary(reader)
  let left = readBinary(reader, level + 1)
  for (;;) {
    const operator = here.find((one) => reader.skip(one))
    if (operator === undefined) return left
    left = { kind: 'binary', operator, left, right: readBinary(reader, level + 1) }
  }
}

function readUnary(reader: Reader): Expression {
  if (reader.skip('!')) return { kind: 'not', of: readUnary(reader) }
  let expression = readPrimary(reader)
  for (;;) {
    if (reader.skip('[')) {
      expression = { kind: 'index', of: expression, key: readChoice(reader) }
      reader.take(']')
    } else if (reader.skip('.')) expression = readMember(reader, expression)
    else return expression
  }
}

function readMember(reader: Reader, of: Expression): Expression {
  const name = nameFrom(reader)
  if (!reader.skip('(')) return { kind: 'field', of, name }
  if (name === 'startsWith') return { kind: 'startsWith', of, prefix: readLast(reader) }
  if (name !== 'exists') throw reader.unexpected()
  const item = nameFrom(reader)
  reader.take(',')
  return { kind: 'exists', of, item, test: readLast(reader) }
}

/** The last argument of a call. */
function readLast(reader: Reader): Expression {
  const argument = readChoice(reader)
  reader.take(')')
  return argument
}

function readPrimary(reader: Reader): Expression {
  if (reader.skip('(')) return readLast(reader)
  if (reader.skip('[')) return { kind: 'list', items: readItems(reader) }
  if (reader.peek()?.startsWith("'") === true) {
    return { kind: 'text', value: reader.take().slice(1, -1) }
  }
  const name = nameFrom(reader)
  if (name !== 'has' || !reader.skip('(')) return { kind: 'name', name }
  const field = readLast(reader)
  if (field.kind !== 'field') throw reader.unexpected()
  return { kind: 'has', field }
}

function readItems(reader: Reader): readonly Expression[] {
  const items: Expression[] = []
  while (!reader.skip(']')) {
    if (items.length > 0) reader.take(',')
    items.push(readChoice(reader))
  }
  return items
}

function nameFrom(reader: Reader): string {
  if (!/^[A-Za-z_]/.test(reader.peek() ?? '')) throw reader.unexpected()
  return reader.take()
}
