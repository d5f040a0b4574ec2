import { reasonsPage } from '../../core/console/reasons-page.ts'
import type { ConsolePages } from '../../server/console.ts'
import { grantAnswer, grantsAnswer, postMortemAnswer } from './break-glass-answers.ts'
import { decisionAnswer, decisionsAnswer } from './decision-answers.ts'
import { commitAnswer, driftAnswer, repositoriesAnswer } from './git-answers.ts'
import { good, type Answer } from './look.ts'
import { nowAnswer } from './now-answer.ts'
import type { ConsoleSources } from './sources.ts'

const name = '([^/]+)'
const routes: readonly (readonly [RegExp, Answer])[] = [
  [/^\/$/, nowAnswer],
  [/^\/decisions$/, decisionsAnswer],
  [new RegExp(`^/decisions/${name}$`), decisionAnswer],
  [/^\/reasons$/, ({ site }) => good(reasonsPage(site))],
  [/^\/grants$/, grantsAnswer],
  [new RegExp(`^/grants/${name}$`), grantAnswer],
  [new RegExp(`^/post-mortems/${name}$`), postMortemAnswer],
  [/^\/drift$/, driftAnswer],
  [/^\/repositories$/, repositoriesAnswer],
  [new RegExp(`^/repositories/${name}/${name}$`), commitAnswer],
]

/** All pages, each made anew from what is known when it is asked for. */
export function createConsolePages(sources: ConsoleSources): ConsolePages {
  return {
    site: () => ({
      cluster: sources.cluster(),
      viewer: undefined,
      isOpen: false,
      formToken: '',
      mode: sources.policy.current().policy.spec.mode,
      now: sources.now(),
    }),
    async answer(request, signal) {
      for (const [route, answer] of routes) {
        const found = route.exec(request.path)
        if (found === null) continue
        const names = found.slice(1).map(decoded)
        if (names.some((one) => one === undefined)) return undefined
        return answer({ ...request, signal, sources, names: names.map((one) => one ?? '') })
      }
      return undefined
    },
  }
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
