export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1
}

export function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end < 0 ? text.length : end
}

/** What ends with its line ends before the next one. */
export function afterLine(text: string, end: number): number {
  if (end > 0 && text[end - 1] === '\n') return end
  return Math.min(text.length, lineEnd(text, end) + 1)
}

export function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset)
}

/** What stands before it on its line. */
export function beforeOnLine(text: string, offset: number): string {
  return text.slice(lineStart(text, offset), offset)
}

export function indentAt(text: string, offset: number): string {
  return /^[ \t]*/.exec(beforeOnLine(text, offset))?.[0] ?? ''
}
