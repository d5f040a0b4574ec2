import type { Json } from '../manifest/json.ts'
import { breakGlassWarnings } from './break-glass-warnings.ts'
import type { Finding, IssuePath } from './issue.ts'
import type { Policy, PolicyRepository, Root, Scope, Toleration } from './schema.ts'
import { sharedAccounts, writerWarnings } from './writer-warnings.ts'
import { placeOf } from './written.ts'

/** What is allowed and should still be known: shown by `policy check` and logged at start-up. */
export function warningsFor(policy: Policy, written: Json): readonly Finding[] {
  const { repositories, writers, roots, scopes, tolerations } = policy.spec
  return [
    ...scopes.flatMap((scope, i) =>
      scopeWarnings(scope, ['spec', 'scopes', i], i + 1 === scopes.length),
    ),
    ...repositories.flatMap((one, i) => repositoryWarnings(one, ['spec', 'repositories', i])),
    ...writers.flatMap((one) => writerWarnings(one, policy, placeOf(written, 'writers', one))),
    ...sharedAccounts(policy, written),
    ...roots.flatMap((one, i) => rootWarnings(one, ['spec', 'roots', i])),
    ...tolerations.flatMap((one, i) => tolerationWarnings(one, ['spec', 'tolerations', i])),
    ...breakGlassWarnings(policy),
  ]
}

const wide: Readonly<Record<string, string>> = {
  '*': 'is the whole object: there is nothing left to compare',
  spec: 'is the whole spec: there is little left to compare',
  data: 'is all of the data: there is little left to compare',
}

function tolerationWarnings({ fields }: Toleration, path: IssuePath): Finding[] {
  return fields.flatMap((field, i) => {
    const message = Object.hasOwn(wide, field) ? wide[field] : undefined
    return message === undefined ? [] : [{ path: [...path, 'fields', i], message }]
  })
}

function scopeWarnings(scope: Scope, path: IssuePath, isLast: boolean): Finding[] {
  if (isLast || scope.namespaces !== undefined || scope.resources !== undefined) return []
  return [{ path, message: 'matches everything: the scopes after it are never reached' }]
}

function repositoryWarnings(repository: PolicyRepository, path: IssuePath): Finding[] {
  const { url, auth, sources } = repository
  const found: Finding[] = []
  if (/^file:/i.test(url)) {
    found.push({ path: [...path, 'url'], message: 'is a local directory: meant for tests' })
  }
  if (!/^(?:https|file):/i.test(url) && auth.sshKeyFile === undefined) {
    const message =
      'is an ssh URL without auth.sshKeyFile and auth.knownHostsFile: no host will be trusted'
    found.push({ path: [...path, 'url'], message })
  }
  for (const [i, inner] of sources.entries()) {
    const outer = sources.find(
      (one) => one !== inner && one.branch === inner.branch && isBelow(inner.path, one.path),
    )
    if (outer === undefined) continue
    const message = `is below source ${JSON.stringify(outer.path)}: each object there is declared twice, and so not at all`
    found.push({ path: [...path, 'sources', i, 'path'], message })
  }
  return found
}

function isBelow(inner: string, outer: string): boolean {
  return outer === '' || inner.startsWith(`${outer}/`)
}

function rootWarnings({ digest }: Root, path: IssuePath): Finding[] {
  if (digest !== undefined) return []
  const message =
    'is a root by name alone: whatever its spec says counts, also after a change under a grant; solewriter policy pin prints it with its digest'
  return [{ path, message }]
}
