import { postMortemFacts } from '../../core/breakglass/narrative-facts.ts'
import { listAt, toUseFacts } from '../../core/breakglass/narrative-uses.ts'
import { grantPage } from '../../core/console/grant-page.ts'
import { grantsPage } from '../../core/console/grants-page.ts'
import { postMortemPage } from '../../core/console/post-mortem-page.ts'
import type { Problem } from '../../core/console/problem-page.ts'
import { html } from '../../core/html/html.ts'
import { at, stringAt } from '../../core/manifest/json.ts'
import type { ConsoleAnswer } from '../../server/console.ts'
import { nameOf, viewOf } from '../breakglass/grant-view.ts'
import { good, missing, type Look } from './look.ts'
import { grantViews, objectsOf, postMortemViews, problemsOf } from './views.ts'

export async function grantsAnswer({ site, sources: { lists } }: Look): Promise<ConsoleAnswer> {
  const [found, others] = await Promise.all([lists.grants(), lists.postMortems()])
  const objects = objectsOf(found)
  const view = {
    grants: grantViews(objects, site.now),
    postMortems: postMortemViews(objectsOf(others), objects),
    problems: problemsOf(found, others),
  }
  return good(grantsPage(view, site))
}

export async function grantAnswer({ site, sources: { lists }, names: [wanted] }: Look) {
  const listed = await lists.grants()
  const object = objectsOf(listed).find((one) => nameOf(one) === wanted)
  if (object === undefined) return missing(gone(`grant ${wanted}`, problemsOf(listed)), site)
  const uses = listAt(at(object, 'status'), 'uses').map(toUseFacts)
  return good(grantPage({ grant: viewOf(object, site.now), uses }, site))
}

export async function postMortemAnswer({ site, sources: { lists }, names: [wanted] }: Look) {
  const [listed, others] = await Promise.all([lists.postMortems(), lists.grants()])
  const object = objectsOf(listed).find((one) => nameOf(one) === wanted)
  if (object === undefined) return missing(gone(`post-mortem ${wanted}`, problemsOf(listed)), site)
  const of = stringAt(object, 'spec', 'grant')
  const found = objectsOf(others).find((one) => nameOf(one) === of)
  return good(postMortemPage(postMortemFacts(object, found), site))
}

function gone(what: string, problems: readonly string[]): Problem {
  const why = problems.length > 0 ? problems : [`There is no ${what} in this cluster.`]
  return {
    title: 'Nothing is there',
    what: why,
    section: 'break-glass',
    wayOut: html`Go to <a href="/grants">all grants and post-mortems</a>.`,
  }
}
