// What a terminal shows, as a picture: text with the few escape sequences that the demo uses.

const fontSize = 14
const charWidth = 8.43
const lineHeight = 20
const padding = 20

/** The colours of 30 to 37, on a dark background; contrast 7:1 or more. */
const colours = [
  '#8b949e',
  '#ff9b93',
  '#7ee787',
  '#f2cc60',
  '#a5d6ff',
  '#e2b5ff',
  '#76e3ea',
  '#e6edf3',
] as const

interface Style {
  readonly colour: string | undefined
  readonly isBold: boolean
  readonly isDim: boolean
}

const plain: Style = { colour: undefined, isBold: false, isDim: false }

/** One line of text per line of the terminal; `title` is for those who cannot see it. */
export function toSvg(text: string, title: string): string {
  const lines = text.split('\n')
  const columns = Math.max(...lines.map((line) => stripStyles(line).length))
  const width = Math.ceil(columns * charWidth + 2 * padding)
  const height = lines.length * lineHeight + 2 * padding
  let style = plain
  const drawn = lines.map((line, i) => {
    const spans = spansOf(line, style)
    style = spans.style
    return drawLine(spans.svg, padding + fontSize + i * lineHeight)
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    `<g font-family="${fonts}" font-size="${fontSize}" fill="#e6edf3" xml:space="preserve">`,
    ...drawn.filter((line) => line !== ''),
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

const fonts = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"

export function stripStyles(text: string): string {
  return text.replace(sequence, '')
}

const escape = '\u001B'
const sequence = new RegExp(`${escape}\\[[\\d;]*m`, 'g')

function spansOf(line: string, before: Style): { readonly svg: string; readonly style: Style } {
  let style = before
  let svg = ''
  let position = 0
  for (const match of line.matchAll(sequence)) {
    svg += span(line.slice(position, match.index), style)
    style = match[0].slice(2, -1).split(';').map(Number).reduce(changed, style)
    position = match.index + match[0].length
  }
  return { svg: svg + span(line.slice(position), style), style }
}

function changed(style: Style, code: number): Style {
  if (code === 0) return plain
  if (code === 1) return { ...style, isBold: true }
  if (code === 2) return { ...style, isDim: true }
  if (code === 22) return { ...style, isBold: false, isDim: false }
  if (code === 39) return { ...style, colour: undefined }
  const colour = colours[code - 30]
  if (colour === undefined) throw new Error(`no picture of the style ${code}`)
  return { ...style, colour }
}

function span(text: string, { colour, isBold, isDim }: Style): string {
  if (text === '') return ''
  const attributes = [
    colour === undefined ? '' : ` fill="${colour}"`,
    isBold ? ' font-weight="bold"' : '',
    isDim ? ' opacity="0.7"' : '',
  ].join('')
  return attributes === '' ? escaped(text) : `<tspan${attributes}>${escaped(text)}</tspan>`
}

function drawLine(svg: string, y: number): string {
  return svg === '' ? '' : `<text x="${padding}" y="${y}">${svg}</text>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
