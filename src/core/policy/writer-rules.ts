import { at, stringAt, type Json } from '../manifest/json.ts'
import { didYouMean } from './did-you-mean.ts'
import { isOfEngine } from './evidence.ts'
import { quoted, type IssuePath } from './issue.ts'
import { presetNamed } from './presets/presets.ts'
import { items, texts, type Findings } from './written.ts'

export function* repositoriesExist(
  spec: Json | undefined,
  writer: Json,
  path: IssuePath,
): Findings {
  const known = items(spec, 'repositories').flatMap((one) => stringAt(one, 'name') ?? [])
  for (const [i, name] of items(writer, 'repositories').entries()) {
    if (typeof name !== 'string' || known.includes(name)) continue
    const message = `names no repository of this policy: ${quoted(name)}${didYouMean(name, known)}`
    yield { path: [...path, 'repositories', i], message }
  }
}

export function* podBoundFits(writer: Json, path: IssuePath): Findings {
  if (at(writer, 'podBound') !== true || stringAt(writer, 'subject', 'user') === undefined) return
  yield { path: [...path, 'podBound'], message: 'needs a serviceAccount: a user has no Pod' }
}

/** Whoever may impersonate could say it: so only what the engine itself attests, field by field. */
export function* impersonatedFits(writer: Json, path: IssuePath): Findings {
  if (at(writer, 'impersonated') !== true) return
  const here = [...path, 'impersonated']
  const preset = stringAt(writer, 'preset')
  if (preset !== undefined) {
    const message = `is for accounts of tenants, written out: the controllers of preset ${preset} come with tokens of their own`
    yield { path: here, message }
  } else if (stringAt(writer, 'subject', 'user') !== undefined) {
    yield { path: here, message: 'needs a serviceAccount: that is what engines impersonate' }
  }
  for (const [i, evidence] of texts(writer, 'evidence').entries()) {
    if (isOfEngine(evidence)) continue
    const message = `is not enough for an impersonated writer: whoever may impersonate could bring it; flux and argo-cd are`
    yield { path: [...path, 'evidence', i], message }
  }
  if ((stringAt(writer, 'verify') ?? 'content') !== 'content') {
    const message = 'must be content for an impersonated writer: its name alone proves nothing'
    yield { path: [...path, 'verify'], message }
  }
  if (at(writer, 'podBound') !== true) return
  const message = 'excludes impersonated: an impersonated request shows no Pod'
  yield { path: [...path, 'podBound'], message }
}

/** More evidence than the preset's may be written, not less. */
export function* presetEvidenceFits(writer: Json, path: IssuePath): Findings {
  const preset = presetNamed(stringAt(writer, 'preset'))
  const written = texts(writer, 'evidence')
  if (preset === undefined || written.length === 0) return
  const brought = preset.accounts.flatMap((one) => one.writer?.evidence ?? [])
  const missing = brought.find((evidence) => !written.includes(evidence))
  if (missing === undefined) return
  const message = `must include ${missing}, the evidence of preset ${preset.name}: write a writer without it out`
  yield { path: [...path, 'evidence'], message }
}

export function* oidcFits(writer: Json, path: IssuePath): Findings {
  const evidence = items(writer, 'evidence')
  const position = evidence.indexOf('oidc')
  const isAccount =
    stringAt(writer, 'subject', 'serviceAccount') !== undefined ||
    presetNamed(stringAt(writer, 'preset')) !== undefined
  if (position >= 0 && isAccount) {
    const message = 'oidc needs subject.user: the token of a service account has no claims of a job'
    yield { path: [...path, 'evidence', position], message }
  }
  for (const key of ['oidc', 'events'].filter(() => position < 0)) {
    if (at(writer, key) === undefined) continue
    yield { path: [...path, key], message: 'has no effect without evidence: [oidc]', atKey: true }
  }
}
