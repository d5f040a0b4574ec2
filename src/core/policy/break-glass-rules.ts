import { at, isJsonObject, stringAt, type Json } from '../manifest/json.ts'
import { sinkKinds } from './break-glass-schema.ts'
import { parseDuration } from './duration.ts'
import { didYouMean } from './did-you-mean.ts'
import { rowsNameFields } from './field-rules.ts'
import { quoted, type IssuePath } from './issue.ts'
import { items, texts, type Findings } from './written.ts'

const base: IssuePath = ['spec', 'breakGlass']

/** What holds between the fields of `spec.breakGlass`. */
export function* breakGlassFits(spec: Json | undefined): Findings {
  const written = at(spec, 'breakGlass')
  yield* twice(items(written, 'issuers'), 'name', [...base, 'issuers'])
  yield* twice(items(written, 'issuers'), 'issuer', [...base, 'issuers'])
  yield* twice(items(written, 'sinks'), 'name', [...base, 'sinks'])
  for (const [i, issuer] of items(written, 'issuers').entries()) {
    yield* issuerFits(issuer, [...base, 'issuers', i])
  }
  for (const [i, rule] of items(written, 'rules').entries()) {
    yield* ruleFits(rule, [...base, 'rules', i])
  }
  for (const [i, sink] of items(written, 'sinks').entries()) {
    yield* sinkFits(sink, [...base, 'sinks', i])
  }
}

function* twice(list: readonly Json[], key: string, path: IssuePath): Findings {
  const seen = new Map<string, number>()
  for (const [i, item] of list.entries()) {
    const value = stringAt(item, key)
    if (value === undefined) continue
    const first = seen.get(value)
    if (first === undefined) seen.set(value, i)
    else
      yield { path: [...path, i, key], message: `is also the ${key} of item ${first} of the list` }
  }
}

const sources = ['jwksFile', 'jwks', 'jwksUrl']

function* issuerFits(issuer: Json, path: IssuePath): Findings {
  const given = sources.filter((key) => at(issuer, key) !== undefined)
  if (isJsonObject(issuer) && given.length !== 1) {
    yield { path, message: 'needs exactly one of jwksFile, jwks or jwksUrl' }
  }
  if (at(issuer, 'refresh') !== undefined && !given.includes('jwksUrl')) {
    yield { path: [...path, 'refresh'], message: 'is for jwksUrl only', atKey: true }
  }
  const published = items(at(issuer, 'jwks'), 'keys')
  yield* twice(published, 'kid', [...path, 'jwks', 'keys'])
  yield* twice(items(issuer, 'keys'), 'kid', [...path, 'keys'])
  if (published.length === 0) return
  const kids = published.flatMap((key) => stringAt(key, 'kid') ?? [])
  for (const [i, limits] of items(issuer, 'keys').entries()) {
    const kid = stringAt(limits, 'kid')
    if (kid === undefined || kids.includes(kid)) continue
    const message = `names no key of jwks: ${quoted(kid)}${didYouMean(kid, kids)}`
    yield { path: [...path, 'keys', i, 'kid'], message }
  }
}

function* ruleFits(rule: Json, path: IssuePath): Findings {
  yield* rowsNameFields(rule, path, 'maxScope')
  const subjects = at(rule, 'subjects')
  if (isJsonObject(subjects) && Object.keys(subjects).length === 0) {
    yield { path: [...path, 'subjects'], message: 'needs groups or users' }
  }
  const required = at(rule, 'approvals', 'required')
  const approvers = texts(at(rule, 'approvals'), 'groups')
  if (typeof required === 'number' && required > 0 && approvers.length === 0) {
    yield { path: [...path, 'approvals'], message: 'needs groups: nobody could approve' }
  }
  yield* bypassFits(at(rule, 'approvals'), [...path, 'approvals', 'bypass'])
}

function* bypassFits(approvals: Json | undefined, path: IssuePath): Findings {
  const bypass = at(approvals, 'bypass')
  if (!isJsonObject(bypass)) return
  const required = at(approvals, 'required') ?? 0
  if (required === 0) yield { path, message: 'has nothing to bypass: no approval is required' }
  const after = parseDuration(stringAt(bypass, 'after') ?? '')
  const timeout = parseDuration(stringAt(approvals, 'timeout') ?? '15m')
  if (after !== undefined && timeout !== undefined && after >= timeout) {
    yield { path: [...path, 'after'], message: 'must be less than timeout, when waiting ends' }
  }
}

type SinkKind = (typeof sinkKinds)[number]

const placesOfSinks: Readonly<
  Record<SinkKind, { readonly required?: string; readonly optional?: string }>
> = {
  cloudevents: { required: 'url', optional: 'caFile' },
  pagerduty: { required: 'routingKeyFile', optional: 'url' },
  slack: { required: 'urlFile' },
  file: { required: 'path' },
  'kubernetes-event': {},
}
const places = ['url', 'urlFile', 'routingKeyFile', 'path', 'caFile']

function* sinkFits(sink: Json, path: IssuePath): Findings {
  const kind = sinkKinds.find((one) => one === stringAt(sink, 'kind'))
  if (kind === undefined) return
  const { required, optional } = placesOfSinks[kind]
  if (required !== undefined && at(sink, required) === undefined) {
    yield { path, message: `kind ${kind} needs ${required}` }
  }
  for (const place of places) {
    if (place === required || place === optional || at(sink, place) === undefined) continue
    yield { path: [...path, place], message: `is not for kind ${kind}`, atKey: true }
  }
}
