import { styleText } from 'node:util'

/** Also where a terminal is wider: longer lines are hard to read. */
const widest = 100
const margin = '  '

type Style = Parameters<typeof styleText>[0]

export interface Sink {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number | undefined
}

export type Fact = readonly [name: string, value: string]

/** What the demo says and shows, line by line. */
export interface Narrator {
  title(text: string): void
  say(text: string): void
  /** A command as somebody types it; `who` stands in the prompt. */
  command(who: string, text: string): void
  /** What a command printed, long lines broken. */
  output(text: string): void
  facts(rows: readonly Fact[]): void
  /** An answer that was checked. */
  checked(text: string): void
  failed(text: string): void
  /** Something that takes long; on a terminal the next one takes its place. */
  progress(text: string): void
}

const promptStyles: Readonly<Record<string, Style>> = { alice: 'magenta', ci: 'cyan' }

export function createNarrator(sink: Sink, vars: NodeJS.ProcessEnv): Narrator {
  const paint = painter(sink, vars)
  const width = Math.min(sink.columns ?? widest, widest)
  let isProgressShown = false
  const line = (text = '') => {
    if (isProgressShown) sink.write('\r\u001B[K')
    isProgressShown = false
    sink.write(`${text}\n`)
  }
  const indented = (text: string, style?: Style) => {
    for (const part of wrap(text, width - margin.length)) {
      line(`${margin}${style === undefined ? highlightReason(part, paint) : paint(style, part)}`)
    }
  }
  return {
    title(text) {
      line()
      line(paint('bold', `── ${text} ${'─'.repeat(Math.max(2, width - text.length - 4))}`))
    },
    say(text) {
      line()
      for (const part of wrap(text, width)) line(part)
    },
    command(who, text) {
      line()
      const [first = '', ...rest] = text.split('\n')
      const prompt = paint(promptStyles[who] ?? 'blue', who)
      line(`${margin}${prompt} $ ${paint('bold', first)}`)
      for (const more of rest) line(`${margin}${paint('bold', more)}`)
    },
    output(text) {
      for (const part of text.trimEnd().split('\n')) if (part !== '') indented(part)
    },
    facts(rows) {
      const longest = Math.max(...rows.map(([name]) => name.length))
      for (const [name, value] of rows) {
        const [first = '', ...rest] = wrap(value, width - longest - 2 * margin.length)
        line(`${margin}${paint('dim', name.padEnd(longest))}${margin}${first}`)
        for (const part of rest) line(`${margin}${' '.repeat(longest)}${margin}${part}`)
      }
    },
    checked(text) {
      indented(`✓ ${text}`, 'green')
    },
    failed(text) {
      line()
      for (const part of text.split('\n').flatMap((one) => wrap(one, width))) {
        line(paint('red', part))
      }
    },
    progress(text) {
      if (sink.isTTY !== true) return line(`${margin}${text}`)
      sink.write(`\r\u001B[K${paint('dim', `${margin}${text}`.slice(0, width - 1))}`)
      isProgressShown = true
    },
  }
}

type Paint = (style: Style, text: string) => string

/** Colours on a terminal, unless somebody asked for none; FORCE_COLOR is for the picture. */
function painter(sink: Sink, vars: NodeJS.ProcessEnv): Paint {
  const isWanted = (vars['NO_COLOR'] ?? '') === '' && vars['TERM'] !== 'dumb'
  const isColoured = (vars['FORCE_COLOR'] ?? '') !== '' || (sink.isTTY === true && isWanted)
  return (style, text) => (isColoured ? styleText(style, text, { validateStream: false }) : text)
}

function highlightReason(text: string, paint: Paint): string {
  return text.replace(/\[[A-Z][A-Za-z]+\]/, (reason) => paint(['red', 'bold'], reason))
}

/** Breaks at spaces where there are any; what fits stays as it is, columns of a table included. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let rest = text
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width)
    const cut = space > 0 && rest.slice(0, space).trim() !== '' ? space : width
    lines.push(rest.slice(0, cut).trimEnd())
    rest = rest.slice(cut).trimStart()
  }
  return [...lines, rest]
}
