import { html, type Html } from '../html/html.ts'
import { framed, type Section, type Site } from './frame.ts'

export interface Problem {
  readonly title: string
  /** What is wrong, one each. */
  readonly what: readonly string[]
  readonly section?: Section
  /** Where to go from here. */
  readonly wayOut: Html
}

export function problemPage({ title, what, section, wayOut }: Problem, site: Site): string {
  const [only] = what
  const told =
    what.length === 1 && only !== undefined
      ? html`<p>${only}</p>`
      : html`<ul>
          ${what.map((one) => html`<li>${one}</li>`)}
        </ul>`
  const body = html`<div class="card">
    ${told}
    <p>${wayOut}</p>
  </div>`
  return framed({ title, section, body }, site)
}

export const toStart = html`Go to <a href="/">what is going on now</a>.`
export const toDecisions = html`Go to <a href="/decisions">the newest decisions</a>.`
export const toSignIn = html`<a href="/sign-in">Sign in</a> with another token.`
