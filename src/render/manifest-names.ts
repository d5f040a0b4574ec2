import { nothingRead, type DeclaredLine, type InputReading } from './input-reading.ts'

const topLevelKey = /^["']?[A-Za-z]/
const kindLine = /^["']?kind["']?\s*:\s*["']?([A-Za-z0-9]+)/
const metadataLine = /^["']?metadata["']?\s*:/
const nameBelow = /^\s+["']?name["']?\s*:\s*["']?([^\s"'#]+)/
const nameInBraces = /[{,]\s*["']?name["']?\s*:\s*["']?([^\s"',}]+)/

/**
 * Where the objects of a file begin, told from its lines alone: it may be a template, and a place in
 * a message need not be more than that.
 */
export function readNames(bytes: Uint8Array): InputReading {
  const declares: DeclaredLine[] = []
  let lines: Line[] = []
  const finish = (): void => {
    const found = describe(lines)
    if (found !== undefined) declares.push(found)
    lines = []
  }
  for (const [i, text] of new TextDecoder().decode(bytes).split('\n').entries()) {
    if (text.startsWith('---')) finish()
    else lines.push({ text, line: i + 1 })
  }
  finish()
  return { ...nothingRead, declares }
}

interface Line {
  readonly text: string
  readonly line: number
}

function describe(lines: readonly Line[]): DeclaredLine | undefined {
  const first = lines.find(({ text }) => topLevelKey.test(text))
  const kind = lines.map(({ text }) => kindLine.exec(text)?.[1]).find((one) => one !== undefined)
  if (first === undefined || kind === undefined) return undefined
  return { kind, name: nameIn(lines), line: first.line }
}

function nameIn(lines: readonly Line[]): string {
  const start = lines.findIndex(({ text }) => metadataLine.test(text))
  if (start === -1) return ''
  const below = lines.slice(start + 1)
  const end = below.findIndex(({ text }) => topLevelKey.test(text))
  const metadata = end === -1 ? below : below.slice(0, end)
  const inBraces = nameInBraces.exec(lines[start]?.text ?? '')?.[1]
  const [name = ''] = [inBraces, ...metadata.map(({ text }) => nameBelow.exec(text)?.[1])].filter(
    (one) => one !== undefined,
  )
  return name
}
