import { at, isJsonObject, stringAt, type Json } from '../manifest/json.ts'
import { didYouMean } from './did-you-mean.ts'
import { parseDuration } from './duration.ts'
import { gitUrlKey, parseGitUrl } from './git-url.ts'
import type { IssuePath } from './issue.ts'
import { normalTreePath } from './leaves.ts'
import { items, texts, type Findings } from './written.ts'

/** A claim names a repository by URL: two repositories with one URL would make it ambiguous. */
export function* duplicateUrls(spec: Json | undefined): Findings {
  const owners = new Map<string, number>()
  for (const [i, repository] of items(spec, 'repositories').entries()) {
    for (const { text, path } of urlsOf(repository, ['spec', 'repositories', i])) {
      const url = parseGitUrl(text)
      if (typeof url === 'string') continue
      const owner = owners.get(gitUrlKey(url))
      if (owner === undefined) owners.set(gitUrlKey(url), i)
      else if (owner !== i)
        yield { path, message: `is the same repository as repositories[${owner}]` }
    }
  }
}

function urlsOf(repository: Json, path: IssuePath): { text: string; path: IssuePath }[] {
  const url = stringAt(repository, 'url')
  return [
    ...(url === undefined ? [] : [{ text: url, path: [...path, 'url'] }]),
    ...items(repository, 'aliases').flatMap((alias, i) =>
      typeof alias === 'string' ? [{ text: alias, path: [...path, 'aliases', i] }] : [],
    ),
  ]
}

export function* branchesAreUnique(repository: Json, path: IssuePath): Findings {
  const branches = texts(repository, 'branches')
  for (const [i, branch] of branches.entries()) {
    if (branches.indexOf(branch) === i) continue
    yield { path: [...path, 'branches', i], message: 'is listed twice' }
  }
}

export function* sourcesFit(repository: Json, path: IssuePath): Findings {
  const branches = texts(repository, 'branches')
  const seen = new Set<string>()
  for (const [i, source] of items(repository, 'sources').entries()) {
    const branch = stringAt(source, 'branch') ?? branches[0] ?? ''
    if (branches.length > 0 && !branches.includes(branch)) {
      const message = `must be one of the repository's branches${didYouMean(branch, branches)}`
      yield { path: [...path, 'sources', i, 'branch'], message }
    }
    yield* helmFits(source, [...path, 'sources', i])
    const key = sourceKey(source, branch)
    if (key === undefined) continue
    if (seen.has(key)) {
      yield { path: [...path, 'sources', i, 'path'], message: 'is a source of this branch already' }
    }
    seen.add(key)
  }
}

/** A chart may be installed several times, under several names. */
function sourceKey(source: Json, branch: string): string | undefined {
  const folder = stringAt(source, 'path')
  if (folder === undefined) return undefined
  const isChart = stringAt(source, 'renderer') === 'helm'
  const place = stringAt(source, 'namespace') ?? 'default'
  const release = isChart ? [place, stringAt(source, 'helm', 'releaseName') ?? ''] : []
  return [branch, normalTreePath(folder), ...release].join('\n')
}

function* helmFits(source: Json, path: IssuePath): Findings {
  const isChart = stringAt(source, 'renderer') === 'helm'
  const hasOptions = at(source, 'helm') !== undefined
  if (isChart === hasOptions) return
  if (isChart) yield { path, message: 'renderer helm needs helm.releaseName' }
  else yield { path: [...path, 'helm'], message: 'is for renderer helm' }
}

export function* staleBeforePolled(repository: Json, path: IssuePath): Findings {
  const poll = parseDuration(stringAt(repository, 'poll') ?? '60s')
  const stale = parseDuration(stringAt(repository, 'maxStaleness') ?? '1h')
  if (poll !== undefined && poll < 1_000)
    yield { path: [...path, 'poll'], message: 'must be at least 1s' }
  if (poll === undefined || stale === undefined || stale > poll) return
  yield {
    path: [...path, 'maxStaleness'],
    message: 'must be longer than poll, or every claim is stale',
  }
}

export function* authFitsUrl(repository: Json, path: IssuePath): Findings {
  const auth = at(repository, 'auth')
  const url = parseGitUrl(stringAt(repository, 'url') ?? '')
  if (!isJsonObject(auth) || typeof url === 'string') return
  const has = (key: string): boolean => Object.hasOwn(auth, key)
  const unfit = { tokenFile: 'https', caFile: 'https', sshKeyFile: 'ssh', knownHostsFile: 'ssh' }
  for (const [key, kind] of Object.entries(unfit)) {
    if (!has(key) || url.kind === kind) continue
    yield { path: [...path, 'auth', key], message: `is for ${kind} URLs; this one is ${url.kind}` }
  }
  if (has('sshKeyFile') === has('knownHostsFile')) return
  yield { path: [...path, 'auth'], message: 'needs sshKeyFile and knownHostsFile together' }
}
