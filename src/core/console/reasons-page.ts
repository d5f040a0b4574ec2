import { allowReasons, denyReasons, type Reason } from '../decision/reasons.ts'
import { html, type Html } from '../html/html.ts'
import { decisionsAddress } from './decision-filter.ts'
import { framed, type Site } from './frame.ts'
import { reasonWords } from './reason-words.ts'

/** Every reason, to be linked to by its name. */
export function reasonsPage(site: Site): string {
  const lead = html`Each answer names one reason. docs/reasons.md has more on each of them, and what
  to do about it.`
  const body = html`${list('Allowed', allowReasons)} ${list('Denied', denyReasons)}`
  return framed({ title: 'Reasons', section: 'decisions', lead, body }, site)
}

function list(title: string, reasons: readonly Reason[]): Html {
  return html`<h2>${title}</h2>
    ${reasons.map(
      (reason) =>
        html`<div class="card" id="${reason}">
          <h3>${reason}</h3>
          <p>${reasonWords[reason]}</p>
          <p><a href="${decisionsAddress({ reason })}">Decisions with ${reason}</a></p>
        </div>`,
    )}`
}
