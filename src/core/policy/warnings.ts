import type { Finding, IssuePath } from './issue.ts'
import type { Policy, PolicyRepository, Scope, Toleration, Writer } from './schema.ts'

/** What is allowed and should still be known: shown by `policy check` and logged at start-up. */
export function warningsFor(policy: Policy): readonly Finding[] {
  const { repositories, writers, scopes, tolerations } = policy.spec
  return [
    ...scopes.flatMap((scope, i) =>
      scopeWarnings(scope, ['spec', 'scopes', i], i + 1 === scopes.length),
    ),
    ...repositories.flatMap((one, i) => repositoryWarnings(one, ['spec', 'repositories', i])),
    ...writers.flatMap((one, i) => writerWarnings(one, policy, ['spec', 'writers', i])),
    ...tolerations.flatMap((one, i) => tolerationWarnings(one, ['spec', 'tolerations', i])),
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

/** What a lower level leaves to whoever has the writer's credentials. */
const uncompared: Readonly<Record<Exclude<Writer['verify'], 'content'>, string>> = {
  commit: 'whatever it writes is admitted under any commit that counts',
  declared: 'it may write anything into the objects that a commit declares',
}

function writerWarnings(writer: Writer, policy: Policy, path: IssuePath): Finding[] {
  const found: Finding[] = []
  if (writer.verify !== 'content') {
    const message = `is lower than content: ${uncompared[writer.verify]}`
    found.push({ path: [...path, 'verify'], message })
  }
  const annotation = writer.evidence.indexOf('annotation')
  if (annotation >= 0 && writer.evidence.indexOf('oidc') > annotation) {
    const message =
      'comes before oidc: whoever has the token of any job may then name any commit that counts'
    found.push({ path: [...path, 'evidence', annotation], message })
  }
  if (writer.subject.kind === 'serviceAccount' && writer.subject.name === 'default') {
    const message = 'is the account of every Pod of its namespace that names none'
    found.push({ path: [...path, 'subject', 'serviceAccount'], message })
  }
  if (writer.verify === 'commit') return found
  for (const [i, name] of writer.repositories.entries()) {
    const repository = policy.spec.repositories.find((one) => one.name === name)
    if (repository === undefined || repository.sources.length > 0) continue
    const message = `repository ${name} has no sources, so it declares nothing: every write will be NotDeclared`
    found.push({ path: [...path, 'repositories', i], message })
  }
  return found
}
