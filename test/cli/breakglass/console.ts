import assert from 'node:assert/strict'

/** A command of a page, and what it prints there. */
export interface Step {
  readonly command: string
  readonly output: string
}

/** What its blocks of type `console` show, in order. */
export function consoleOf(page: string): readonly Step[] {
  const blocks = [...page.matchAll(/^```console\n([^]*?)^```$/gm)].map(([, text = '']) => text)
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((text) => {
        const end = text.indexOf('\n')
        return { command: text.slice(0, end), output: text.slice(end + 1) }
      }),
  )
}

/** Without what differs each time: names, ids, times, who was faster, and how wide columns are. */
export function alike(text: string): string {
  return text
    .replaceAll(/\b(bg|pm)-[0-9a-f-]{36}/g, '$1-ID')
    .replaceAll(/\b01[0-9A-HJKMNP-TV-Z]{24}\b/g, 'DECISION')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/\b(?:Admitted|Committed)\b/g, 'STATE')
    .replaceAll(/\b(?:\d+h )?\d+m(?: \d+s)?(?= )/g, 'LEFT')
    .replaceAll(/[ \t]+$/gm, '')
    .replaceAll(/ {2,}/g, '  ')
}

/** The block of YAML that has these words, without what it is indented by. */
export function yamlWith(page: string, words: string): string {
  const blocks = [...page.matchAll(/^( *)```yaml\n([^]*?)^ *```$/gm)]
  const [, indent = '', text = ''] =
    blocks.find(([, , found = '']) => found.includes(words)) ?? assert.fail(`no ${words}`)
  return text.replaceAll(new RegExp(`^${indent}`, 'gm'), '')
}
