import { gitUrlKey, parseGitUrl } from '../policy/git-url.ts'
import type { PolicyRepository } from '../policy/schema.ts'

const mostShown = 1024

/**
 * The repository of the policy that a claim means: by its name, or by a URL that is the same but
 * for scheme, user, default port, `.git` and case of the host. The URL is never opened.
 */
export function repositoryNamed(
  repositories: readonly PolicyRepository[],
  said: string,
): PolicyRepository | undefined {
  const byName = repositories.find(({ name }) => name === said)
  if (byName !== undefined) return byName
  const key = keyOf(said)
  if (key === undefined) return undefined
  return repositories.find(({ url, aliases }) =>
    [url, ...aliases].some((known) => keyOf(known) === key),
  )
}

/** For messages: a claim may be a URL with somebody's password in it. */
export function withoutCredentials(said: string): string {
  return said
    .slice(0, mostShown)
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^/]*@/i, '$1')
    .replace(/[?#].*$/s, '')
}

function keyOf(text: string): string | undefined {
  const url = parseGitUrl(text)
  return typeof url === 'string' ? undefined : gitUrlKey(url)
}
