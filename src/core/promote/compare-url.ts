import { parseGitUrl } from '../policy/git-url.ts'

export const forges = ['github', 'gitlab', 'gitea'] as const
export type Forge = (typeof forges)[number]

export interface Comparing {
  /** Of the repository, as git takes it. */
  readonly url: string
  readonly base: string
  readonly branch: string
  /** In place of what the name of the host says. */
  readonly forge?: Forge
}

/** Where somebody opens a request to merge the branch; undefined where nobody can tell. */
export function compareUrl({ url, base, branch, forge }: Comparing): string | undefined {
  const parsed = parseGitUrl(url)
  if (typeof parsed === 'string' || parsed.kind === 'file') return undefined
  const { kind, host, path } = parsed
  const known = forge ?? forgeOf(host)
  if (known === undefined) return undefined
  // The port is that of ssh.
  const place = kind === 'ssh' ? host.replace(/:\d+$/, '') : host
  const root = `${kind === 'http' ? 'http' : 'https'}://${place}/${path.split('/').map(encodeURIComponent).join('/')}`
  return root + pages[known](inUrl(base), inUrl(branch))
}

const pages: Readonly<Record<Forge, (base: string, branch: string) => string>> = {
  github: (base, branch) => `/compare/${base}...${branch}?expand=1`,
  gitlab: (base, branch) =>
    `/-/merge_requests/new?merge_request%5Bsource_branch%5D=${branch}&merge_request%5Btarget_branch%5D=${base}`,
  gitea: (base, branch) => `/compare/${base}...${branch}`,
}

const words: readonly (readonly [RegExp, Forge])[] = [
  [/(?:^|[.-])github(?:[.-]|$)/, 'github'],
  [/(?:^|[.-])gitlab(?:[.-]|$)/, 'gitlab'],
  [/(?:^|[.-])(?:gitea|forgejo|codeberg)(?:[.-]|$)/, 'gitea'],
]

function forgeOf(host: string): Forge | undefined {
  return words.find(([pattern]) => pattern.test(host))?.[1]
}

/** Slashes may stand in a branch, and mean one in all three. */
function inUrl(branch: string): string {
  return branch.split('/').map(encodeURIComponent).join('/')
}
