import { gitUrlKey, parseGitUrl } from '../policy/git-url.ts'
import type { PolicyRepository } from '../policy/schema.ts'

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

function keyOf(text: string): string | undefined {
  const url = parseGitUrl(text)
  return typeof url === 'string' ? undefined : gitUrlKey(url)
}
