import { at, isJsonObject, stringAt, type Json } from '../manifest/json.ts'
import { didYouMean } from './did-you-mean.ts'
import { quoted, type Finding, type IssuePath } from './issue.ts'
import {
  authFitsUrl,
  branchesAreUnique,
  duplicateUrls,
  sourcesFit,
  staleBeforePolled,
} from './repository-rules.ts'
import { items, texts, type Findings } from './written.ts'

/**
 * What holds between fields. Read from the policy as it was written, not as it was parsed, so that
 * a fault elsewhere does not hide these; a value of the wrong type is the schema's to report.
 */
export function brokenRules(policy: Json): readonly Finding[] {
  const spec = at(policy, 'spec')
  return rules.flatMap((rule) => [...rule(spec)])
}

type Rule = (spec: Json | undefined) => Findings

const rules: readonly Rule[] = [
  (spec) => duplicates(spec, 'repositories', (one) => stringAt(one, 'name')),
  (spec) => duplicates(spec, 'writers', (one) => stringAt(one, 'name')),
  (spec) => duplicates(spec, 'exceptions', (one) => stringAt(one, 'name')),
  duplicateUrls,
  (spec) => perItem(spec, 'repositories', branchesAreUnique),
  (spec) => perItem(spec, 'repositories', sourcesFit),
  (spec) => perItem(spec, 'repositories', staleBeforePolled),
  (spec) => perItem(spec, 'repositories', authFitsUrl),
  duplicateSubjects,
  (spec) => perItem(spec, 'writers', (writer, path) => repositoriesExist(spec, writer, path)),
  (spec) => perItem(spec, 'writers', podBoundFits),
  (spec) => perItem(spec, 'writers', oidcFits),
  (spec) => perItem(spec, 'exceptions', rowsNameFields),
]

function* perItem(
  spec: Json | undefined,
  key: string,
  rule: (item: Json, path: IssuePath) => Findings,
): Findings {
  for (const [i, item] of items(spec, key).entries()) yield* rule(item, ['spec', key, i])
}

/** The second of two equal ones is the finding; `keyOf` answers undefined for what is not compared. */
function* duplicates(
  spec: Json | undefined,
  list: string,
  keyOf: (item: Json) => string | undefined,
): Findings {
  const seen = new Map<string, number>()
  for (const [i, item] of items(spec, list).entries()) {
    const key = keyOf(item)
    const first = key === undefined ? undefined : seen.get(key)
    if (key === undefined) continue
    if (first === undefined) seen.set(key, i)
    else yield { path: ['spec', list, i, 'name'], message: `is also the name of ${list}[${first}]` }
  }
}

/** Which of two writers an identity is would depend on their order. */
function* duplicateSubjects(spec: Json | undefined): Findings {
  const seen = new Map<string, number>()
  for (const [i, writer] of items(spec, 'writers').entries()) {
    const subject = at(writer, 'subject')
    const who = stringAt(subject, 'serviceAccount') ?? stringAt(subject, 'user')
    if (who === undefined) continue
    const key = JSON.stringify([who, texts(subject, 'groups').toSorted()])
    const first = seen.get(key)
    if (first === undefined) seen.set(key, i)
    else
      yield {
        path: ['spec', 'writers', i, 'subject'],
        message: `is also the subject of writers[${first}]`,
      }
  }
}

function* repositoriesExist(spec: Json | undefined, writer: Json, path: IssuePath): Findings {
  const known = items(spec, 'repositories').flatMap((one) => stringAt(one, 'name') ?? [])
  for (const [i, name] of items(writer, 'repositories').entries()) {
    if (typeof name !== 'string' || known.includes(name)) continue
    const message = `names no repository of this policy: ${quoted(name)}${didYouMean(name, known)}`
    yield { path: [...path, 'repositories', i], message }
  }
}

function* podBoundFits(writer: Json, path: IssuePath): Findings {
  if (at(writer, 'podBound') !== true || stringAt(writer, 'subject', 'user') === undefined) return
  yield { path: [...path, 'podBound'], message: 'needs a serviceAccount: a user has no Pod' }
}

function* oidcFits(writer: Json, path: IssuePath): Findings {
  const evidence = items(writer, 'evidence')
  const position = evidence.indexOf('oidc')
  if (position >= 0 && stringAt(writer, 'subject', 'serviceAccount') !== undefined) {
    const message = 'oidc needs subject.user: the token of a service account has no claims of a job'
    yield { path: [...path, 'evidence', position], message }
  }
  for (const key of ['oidc', 'events'].filter(() => position < 0)) {
    if (at(writer, key) === undefined) continue
    yield { path: [...path, key], message: 'has no effect without evidence: [oidc]', atKey: true }
  }
}

function* rowsNameFields(exception: Json, path: IssuePath): Findings {
  for (const [i, row] of items(exception, 'allow').entries()) {
    const operations = texts(row, 'operations')
    const changes = operations.filter((one) => one === 'CREATE' || one === 'UPDATE')
    const has = at(row, 'fields') !== undefined
    if (changes.length > 0 && !has && !misspelt(row)) {
      const message = `needs fields for ${changes.join(' and ')}: the ones that may change, or "*"`
      yield { path: [...path, 'allow', i], message }
    }
    if (changes.length === 0 && operations.length > 0 && has) {
      const message = `means nothing for ${operations.join(' and ')}: remove it`
      yield { path: [...path, 'allow', i, 'fields'], message, atKey: true }
    }
  }
}

/** The schema has said more already: `feilds` is an unknown key. */
function misspelt(row: Json): boolean {
  return isJsonObject(row) && Object.keys(row).some((key) => didYouMean(key, ['fields']) !== '')
}
