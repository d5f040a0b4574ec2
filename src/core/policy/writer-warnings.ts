import type { Json } from '../manifest/json.ts'
import { isOfEngine } from './evidence.ts'
import { parseGitUrl } from './git-url.ts'
import type { Finding, IssuePath } from './issue.ts'
import { presets } from './presets/presets.ts'
import type { Policy, PolicyRepository, Writer } from './schema.ts'
import { placeOf } from './written.ts'

export function writerWarnings(writer: Writer, policy: Policy, path: IssuePath): Finding[] {
  return [
    ...levelWarnings(writer, path),
    ...evidenceWarnings(writer, path),
    ...subjectWarnings(writer, path),
    ...repositoryWarnings(writer, policy, path),
  ]
}

/** What a lower level leaves to whoever has the writer's credentials. */
const uncompared: Readonly<Record<Exclude<Writer['verify'], 'content'>, string>> = {
  commit: 'whatever it writes is admitted under any commit that counts',
  declared: 'it may write anything into the objects that a commit declares',
}

function levelWarnings({ verify }: Writer, path: IssuePath): Finding[] {
  if (verify === 'content') return []
  const message = `is lower than content: ${uncompared[verify]}`
  return [{ path: [...path, 'verify'], message }]
}

function evidenceWarnings(writer: Writer, path: IssuePath): Finding[] {
  const { evidence } = writer
  const annotation = evidence.indexOf('annotation')
  if (annotation < 0) return []
  const place = writer.from === undefined ? [...path, 'evidence', annotation] : [...path, 'preset']
  const found: Finding[] = []
  if (evidence.indexOf('oidc') > annotation) {
    const message =
      'comes before oidc: whoever has the token of any job may then name any commit that counts'
    found.push({ path: place, message })
  }
  const engine = engineOf(writer)
  if (engine !== undefined)
    found.push({ path: place, message: annotated[engine] ?? annotatedEngine })
  return found
}

const annotatedEngine =
  'is weak for an engine: whoever writes what it applies writes the annotations too, and no stock engine keeps them up to date'
const annotated: Readonly<Record<string, string>> = {
  'config-sync':
    'is evidence annotation: Config Sync adds neither solewriter.dev/repo nor solewriter.dev/commit, so CI has to write them into what it applies',
  flux: `${annotatedEngine}; evidence flux asks Flux itself`,
  'argo-cd': `${annotatedEngine}; evidence argo-cd asks Argo CD itself`,
}

/** The preset whose engine has an account of this name. */
function engineOf({ subject, from }: Writer): string | undefined {
  if (from !== undefined) return from.preset
  if (subject.kind !== 'serviceAccount') return undefined
  const isIts = (account: string) =>
    subject.name === account || subject.name.endsWith(`-${account}`)
  return presets.find(({ accounts }) =>
    accounts.some(({ account, writer }) => writer !== undefined && isIts(account)),
  )?.name
}

function subjectWarnings({ subject, impersonated }: Writer, path: IssuePath): Finding[] {
  const found: Finding[] = []
  if (subject.kind === 'serviceAccount' && subject.name === 'default') {
    const message = 'is the account of every Pod of its namespace that names none'
    found.push({ path: [...path, 'subject', 'serviceAccount'], message })
  }
  if (impersonated) {
    const message =
      'is known by its name alone: an impersonated request carries no credential, so whoever may impersonate the account counts as the engine; what it may write is still only what Git declares and the engine is applying'
    found.push({ path: [...path, 'impersonated'], message })
  }
  return found
}

function repositoryWarnings(writer: Writer, policy: Policy, path: IssuePath): Finding[] {
  const isEngine = writer.evidence.some(isOfEngine)
  return writer.repositories.flatMap((name, i) => {
    const repository = policy.spec.repositories.find((one) => one.name === name)
    const message = repository && repositoryWarning(writer, repository, isEngine)
    return message === undefined ? [] : [{ path: [...path, 'repositories', i], message }]
  })
}

function repositoryWarning(
  { verify }: Writer,
  repository: PolicyRepository,
  isEngine: boolean,
): string | undefined {
  const { name, url, aliases, sources } = repository
  if (isEngine && ![url, ...aliases].some(isEngineUrl)) {
    return `repository ${name} has no URL that an engine could name, http, https or ssh: add the one that it uses to aliases, or each claim is RepositoryNotAllowed`
  }
  if (isEngine || verify === 'commit' || sources.length > 0) return undefined
  return `repository ${name} has no sources, so it declares nothing: every write will be NotDeclared`
}

function isEngineUrl(text: string): boolean {
  const url = parseGitUrl(text)
  return typeof url !== 'string' && url.kind !== 'file'
}

/** Two writers that differ only in groups: somebody in the groups of both is the first. */
export function sharedAccounts(policy: Policy, written: Json): readonly Finding[] {
  const { writers } = policy.spec
  return writers.flatMap((writer, i) => {
    const first = writers
      .slice(0, i)
      .find((one) => one.subject.username === writer.subject.username)
    if (first === undefined) return []
    const message = `has the account of writer ${first.name} too: whoever is in the groups of both is ${first.name}`
    return [{ path: [...placeOf(written, 'writers', writer), 'subject'], message }]
  })
}
