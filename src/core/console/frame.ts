import { escaped, html, markupOf, type Html } from '../html/html.ts'
import { whenText } from './parts.ts'
import { styles } from './styles.ts'

/** What every page says of where it is and for whom. */
export interface Site {
  /** What people call the cluster: its uid while nobody knows better. */
  readonly cluster: string
  /** Undefined before somebody has signed in. */
  readonly viewer: string | undefined
  /** Nobody has to sign in. */
  readonly isOpen: boolean
  /** Goes back with the form that ends the session; empty where there is none. */
  readonly formToken: string
  readonly mode: string
  /** Epoch ms, by our clock. */
  readonly now: number
}

export type Section = 'now' | 'decisions' | 'break-glass' | 'drift' | 'repositories'

export interface Framed {
  readonly title: string
  readonly section: Section | undefined
  readonly lead?: Html
  readonly body: Html
}

const sections: readonly (readonly [Section, string, string])[] = [
  ['now', '/', 'Now'],
  ['decisions', '/decisions', 'Decisions'],
  ['break-glass', '/grants', 'Break-glass'],
  ['drift', '/drift', 'Drift'],
  ['repositories', '/repositories', 'Repositories'],
]

/** The text of a whole page. */
export function framed({ title, section, lead, body }: Framed, site: Site): string {
  const isInside = site.viewer !== undefined || site.isOpen
  const content = html`<a class="skip" href="#content">Skip to the content</a>
    <header class="site">
      <div class="wide bar">
        ${brand} ${isInside ? chips(site) : ''} ${isInside ? who(site) : ''}
      </div>
      ${isInside ? navigation(section) : ''}
    </header>
    <main class="wide" id="content" tabindex="-1">
      <h1>${title}</h1>
      ${lead === undefined ? '' : html`<p class="lead">${lead}</p>`} ${body}
    </main>
    <footer class="site"><div class="wide">${footer(site)}</div></footer>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)} · solewriter</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<style>${styles}</style>
</head>
<body>
${markupOf(content)}
</body>
</html>
`
}

const brand = html`<a class="brand" href="/"
  ><svg viewBox="0 0 24 24" aria-hidden="true">
    <rect class="plate" width="24" height="24" rx="6" />
    <path class="stroke" d="M7 17V8m0 4c0 3.4 10 1.6 10-3M17 7v2" />
  </svg>
  solewriter</a
>`

/** The same mark, for the browser's tab. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="6" fill="#1753b5"/><path d="M7 17V8m0 4c0 3.4 10 1.6 10-3M17 7v2" fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/></svg>`

function chips({ cluster, mode }: Site): Html {
  const tone = mode === 'enforce' || mode === 'sealed' ? 'good' : 'warn'
  return html`<div class="chips">
    <span class="badge">${cluster === '' ? 'cluster not known yet' : cluster}</span>
    ${mode === '' ? '' : html`<span class="badge ${tone}">mode ${mode}</span>`}
  </div>`
}

function who({ viewer, isOpen, formToken }: Site): Html {
  if (isOpen) return html`<div class="who"><span>open on this machine, without sign-in</span></div>`
  const out = html`<form method="post" action="/sign-out">
    <input type="hidden" name="form" value="${formToken}" />
    <button class="plain" type="submit">Sign out</button>
  </form>`
  return html`<div class="who"><span>${viewer}</span>${formToken === '' ? '' : out}</div>`
}

function navigation(current: Section | undefined): Html {
  const items = sections.map(([section, address, name]) =>
    section === current
      ? html`<li><a href="${address}" aria-current="page">${name}</a></li>`
      : html`<li><a href="${address}">${name}</a></li>`,
  )
  return html`<nav class="site wide" aria-label="Pages">
    <ul>
      ${items}
    </ul>
  </nav>`
}

function footer({ now }: Site): Html {
  return html`Read-only. Made at ${whenText(now)}; load the page again for what is new.`
}
