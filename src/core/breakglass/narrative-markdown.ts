/** What people and clusters have written, as Markdown that shows it and does nothing else. */

/** Line breaks would end a row, and marks of direction would hide one. */
const unprintable = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/gu

export function plain(text: string): string {
  return oneLine(text)
    .replaceAll(/[\\`*_{}[\]<>#|~&!]/g, String.raw`\$&`)
    .replace(/^([-+=]|\d+(?=[.)]))/, String.raw`\$1`)
}

/** Inside of code a table knows backslashes only before its own border: there has to be an odd number. */
export function code(text: string): string {
  const shown = oneLine(text).replaceAll(
    /(\\*)\|/g,
    (_all, before: string) => `${before}${before.length % 2 === 0 ? '\\' : '\\\\'}|`,
  )
  if (shown === '') return '(empty)'
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map(({ length }) => length))
  const fence = '`'.repeat(longest + 1)
  const pad = longest > 0 ? ' ' : ''
  return `${fence}${pad}${shown}${pad}${fence}`
}

export function tableOf(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)]
}

function oneLine(text: string): string {
  return text.replaceAll(unprintable, ' ').trim()
}
