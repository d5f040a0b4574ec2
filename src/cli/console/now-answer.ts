import { momentText } from '../../core/breakglass/moment.ts'
import { everything } from '../../core/console/decision-filter.ts'
import { nowPage } from '../../core/console/now-page.ts'
import type { ConsoleAnswer } from '../../server/console.ts'
import { good, type Look } from './look.ts'
import {
  chainViews,
  grantViews,
  objectsOf,
  postMortemViews,
  problemsOf,
  queueView,
  replicaViews,
  repositoryViews,
  scopeViews,
} from './views.ts'

const oneHour = 3_600_000

export async function nowAnswer({ site, sources }: Look): Promise<ConsoleAnswer> {
  const { lists, policy, records, gate } = sources
  const [grantList, postMortemList, checkpoints, pods, newest] = await Promise.all([
    lists.grants(),
    lists.postMortems(),
    lists.checkpoints(),
    lists.pods(),
    records?.index.find(everything, 10_000),
  ])
  const objects = objectsOf(grantList)
  const views = grantViews(objects, site.now)
  const postMortems = postMortemViews(objectsOf(postMortemList), objects)
  const since = momentText(site.now - oneHour)
  const view = {
    ...gate(),
    scopes: scopeViews(sources),
    policy: { hash: policy.current().hash, problem: policy.lastError()?.code },
    repositories: repositoryViews(sources),
    replicas: replicaViews(objectsOf(pods)),
    chains: chainViews(objectsOf(checkpoints)),
    queue: queueView(objects, views, postMortems),
    lastHour: newest?.decisions.filter(({ time }) => time >= since),
    newest: newest?.decisions.slice(0, 8) ?? [],
    problems: [
      ...problemsOf(grantList, postMortemList, checkpoints, pods),
      ...(newest?.problems ?? []),
    ],
  }
  return good(nowPage(view, site))
}
