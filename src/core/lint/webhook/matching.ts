import { listAt } from '../../exceptions/conditions/metadata.ts'
import { selects } from '../../exceptions/conditions/selector.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'

// How the API server finds the webhooks and policies that it asks about a request.

/** One write, as far as rules look at it. */
export interface Asked {
  readonly group: string
  /** All in which it could be asked about: with matchPolicy Equivalent any of them is enough. */
  readonly versions: readonly string[]
  readonly resource: string
  readonly subresource: string
  readonly operation: string
  readonly isNamespaced: boolean
}

/** Whether one of the rules asks for it. */
export function rulesMatch(rules: readonly Json[], asked: Asked): boolean {
  return rules.some((rule) => ruleMatches(rule, asked))
}

function ruleMatches(rule: Json, asked: Asked): boolean {
  return (
    includes(rule, 'operations', [asked.operation]) &&
    includes(rule, 'apiGroups', [asked.group]) &&
    includes(rule, 'apiVersions', asked.versions) &&
    hasScope(stringAt(rule, 'scope') ?? '*', asked) &&
    listAt(rule, 'resources').some((one) => isResource(one, asked))
  )
}

function includes(rule: Json, key: string, any: readonly string[]): boolean {
  const list = listAt(rule, key)
  return list.includes('*') || any.some((one) => list.includes(one))
}

function hasScope(scope: string, { group, resource, isNamespaced }: Asked): boolean {
  if (scope === '*') return true
  // A Namespace is of the cluster here, although requests about it name one.
  const isIn = isNamespaced && !(group === '' && resource === 'namespaces')
  return scope === (isIn ? 'Namespaced' : 'Cluster')
}

function isResource(written: Json, { resource, subresource }: Asked): boolean {
  if (typeof written !== 'string') return false
  const [main = '', sub = ''] = written.split('/')
  return (main === '*' || main === resource) && (sub === '*' || sub === subresource)
}

/** An absent selector, and one without demands, selects everything. */
export function selectorMatches(selector: Json | undefined, labels: JsonObject): boolean {
  return isOpen(selector) || selects(selector, labels)
}

export function isOpen(selector: Json | undefined): boolean {
  const labels = at(selector, 'matchLabels')
  const hasLabels = isJsonObject(labels) && Object.keys(labels).length > 0
  return !hasLabels && listAt(selector, 'matchExpressions').length === 0
}

/** No webhook is ever asked about these: admission does not judge itself. */
export function isAdmissionItself({ group, resource }: Pick<Asked, 'group' | 'resource'>): boolean {
  return (
    group === 'admissionregistration.k8s.io' &&
    /^(?:validating|mutating)(?:webhookconfigurations|admissionpolicies|admissionpolicybindings)$/.test(
      resource,
    )
  )
}
