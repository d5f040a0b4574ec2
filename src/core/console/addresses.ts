/** Names come from whoever made the objects: none of them leads out of its segment. */
function address(...segments: readonly string[]): string {
  return `/${segments.map(encodeURIComponent).join('/')}`
}

export function decisionAddress(id: string): string {
  return address('decisions', id)
}

export function grantAddress(name: string): string {
  return address('grants', name)
}

export function postMortemAddress(name: string): string {
  return address('post-mortems', name)
}

export function commitAddress(repository: string, commit: string): string {
  return address('repositories', repository, commit)
}

export function reasonAddress(reason: string): string {
  return `/reasons#${encodeURIComponent(reason)}`
}
