import { createHash } from 'node:crypto'
import { escaped, markupOf, type Html } from './html.ts'

export interface Page {
  readonly title: string
  /** The whole stylesheet: nothing else may style the page, `style` attributes included. */
  readonly styles: string
  readonly body: Html
}

/** One file that loads nothing and runs nothing, whatever stands in it. */
export function pageText({ title, styles, body }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escaped(contentPolicy(styles))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style>${styles}</style>
</head>
<body>
${markupOf(body)}
</body>
</html>
`
}

/** The Content-Security-Policy of a page with this stylesheet, for a header or a `<meta>`. */
export function contentPolicy(styles: string): string {
  const digest = createHash('sha256').update(styles, 'utf8').digest('base64')
  return `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`
}
