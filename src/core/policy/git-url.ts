/** A repository URL as the policy may name it, taken apart. */
export interface GitUrl {
  readonly kind: 'https' | 'http' | 'ssh' | 'file'
  /** Lower-case host and port without the default one; empty for files. */
  readonly host: string
  /** Without leading and trailing slashes and without `.git`. */
  readonly path: string
}

const defaultPorts: Readonly<Record<string, string>> = {
  'https:': '443',
  'http:': '80',
  'ssh:': '22',
}
const kinds = { 'https:': 'https', 'http:': 'http', 'ssh:': 'ssh', 'file:': 'file' } as const
/** No second colon: git reads `ext::command` as a helper to run. */
const scp = /^(?:[\w.-]+@)?([A-Za-z0-9][A-Za-z0-9.-]*):(?!\/\/)([^\s?#:][^\s?#]*)$/

/**
 * The URL, or why it is refused as a sentence without the URL in it: one with a password must not
 * reach a log. A leading dash would be read as an option by git and by ssh.
 */
export function parseGitUrl(text: string): GitUrl | string {
  if (hasControlOrSpace(text)) return 'must not contain spaces or control characters'
  if (text.startsWith('-')) return 'must not start with a dash'
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && text.includes('://')) return fromUrl(url)
  const match = scp.exec(text)
  if (match === null) return 'must be https://host/path, ssh://user@host/path or user@host:path'
  const [, host = '', path = ''] = match
  if (Object.hasOwn(kinds, `${host.toLowerCase()}:`)) return 'must have // after the scheme'
  return checked({ kind: 'ssh', host: host.toLowerCase(), path: trimPath(path) })
}

/** Equal for URLs that name the same repository: scheme, user, default port, `.git` and host case apart. */
export function gitUrlKey(url: GitUrl): string {
  return `${url.host}/${url.path}`
}

function fromUrl(url: URL): GitUrl | string {
  const kind = Object.hasOwn(kinds, url.protocol)
    ? kinds[url.protocol as keyof typeof kinds]
    : undefined
  if (kind === undefined) return 'must be https://, ssh:// or user@host:path'
  if (url.password !== '' || (url.username !== '' && kind !== 'ssh')) {
    return 'must not contain a user name or password: put the token in a file and name it in auth.tokenFile'
  }
  if (url.search !== '' || url.hash !== '') return 'must not contain a query or a fragment'
  const port = url.port === '' || url.port === defaultPorts[url.protocol] ? '' : `:${url.port}`
  return checked({ kind, host: url.hostname.toLowerCase() + port, path: trimPath(url.pathname) })
}

function checked(url: GitUrl): GitUrl | string {
  if (url.kind !== 'file' && (url.host === '' || url.host.startsWith('-')))
    return 'must name a host'
  if (url.kind === 'file' && url.host !== '') return 'must be file:///path, without a host'
  return url.path === '' || url.path.startsWith('-') ? 'must name a repository below the host' : url
}

function trimPath(path: string): string {
  return path.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '')
}

function hasControlOrSpace(text: string): boolean {
  return Array.from(text).some((c) => c <= ' ' || c === '\u007f' || c.trim() === '')
}
