import { html } from '../html/html.ts'
import { framed, type Site } from './frame.ts'
import { notice } from './parts.ts'

export interface SignInView {
  /** Goes back with the form: who cannot read it cannot send the form. */
  readonly formToken: string
  /** Where to go afterwards: a path of ours. */
  readonly to: string
  /** Why the last attempt did not work. */
  readonly problem: string | undefined
}

export function signInPage({ formToken, to, problem }: SignInView, site: Site): string {
  const body = html`<div class="narrow">
    ${problem === undefined ? '' : html`<div role="alert">${notice('bad', problem)}</div>`}
    <form class="card" method="post" action="/sign-in" autocomplete="off">
      <input type="hidden" name="form" value="${formToken}" />
      <input type="hidden" name="to" value="${to}" />
      <label for="token">Token</label>
      <textarea
        id="token"
        name="token"
        rows="5"
        required
        spellcheck="false"
        autocomplete="off"
        autocapitalize="off"
        aria-describedby="token-help"
      ></textarea>
      <p id="token-help" class="soft">
        Of a service account made for this page alone, or your own token of this cluster. It is
        asked about at the API server and kept in memory until you sign out, an hour at most.
      </p>
      <p class="actions"><button type="submit">Sign in</button></p>
    </form>
    <details>
      <summary>Where a token comes from</summary>
      <p>With a service account that is bound to the ClusterRole solewriter-viewer:</p>
      <p><code>kubectl create token NAME -n NAMESPACE --audience solewriter-console</code></p>
      <p>Such a token opens this page and nothing else in the cluster.</p>
    </details>
    <p class="soft">
      Signed in already, and came by a link from elsewhere? <a href="${to}">Go on to ${to}</a>.
    </p>
  </div>`
  return framed({ title: 'Sign in', section: undefined, body }, site)
}
