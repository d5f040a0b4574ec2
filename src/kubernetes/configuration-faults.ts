import { digest } from '../core/manifest/canonical.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../core/manifest/json.ts'
import { webhooksOf } from './webhook-configuration.ts'

/** What can be wrong with our live webhook configuration, from the worst. */
export const configurationFaults = [
  /** Nothing is sent to us. */
  'absent',
  /** While the policy enforces: a call that fails lets the write pass. */
  'failure-policy-ignore',
  /** Somebody's labels decide what we see. */
  'selector',
  /** No entry sends all operations on all resources. */
  'rules-narrow',
  /** The API server trusts every public authority, or no certificate of ours. */
  'ca-bundle-missing',
  /** Not as shipped; the details say in what. */
  'changed',
] as const
type ConfigurationFault = (typeof configurationFaults)[number]

export interface FoundFault {
  readonly fault: ConfigurationFault
  /** Names of entries and fields. */
  readonly detail: string
}

export interface Expectation {
  /** Whether any scope of the policy enforces. */
  readonly isEnforcing: boolean
  /** The manifest that was applied, if we were given it. */
  readonly shipped?: JsonObject
}

export function findFaults(
  live: JsonObject | undefined,
  expectation: Expectation,
): readonly FoundFault[] {
  if (live === undefined) return [{ fault: 'absent', detail: 'there is no such configuration' }]
  const webhooks = webhooksOf(live)
  const { shipped, isEnforcing } = expectation
  return [
    ...(isEnforcing ? namesOf('failure-policy-ignore', webhooks.filter(isIgnoring)) : []),
    ...namesOf('selector', webhooks.filter(hasSelector)),
    ...(webhooks.some(seesEverything) ? [] : [{ fault: 'rules-narrow', detail: 'all' } as const]),
    ...namesOf('ca-bundle-missing', webhooks.filter(hasNoBundle)),
    ...(shipped === undefined ? [] : differences(webhooks, webhooksOf(shipped))),
  ]
}

function namesOf(fault: ConfigurationFault, webhooks: readonly JsonObject[]): FoundFault[] {
  return webhooks.map((webhook) => ({ fault, detail: nameOf(webhook) }))
}

function nameOf(webhook: JsonObject): string {
  return stringAt(webhook, 'name') ?? ''
}

function isIgnoring(webhook: JsonObject): boolean {
  return stringAt(webhook, 'failurePolicy') === 'Ignore'
}

function hasNoBundle(webhook: JsonObject): boolean {
  return (stringAt(webhook, 'clientConfig', 'caBundle') ?? '') === ''
}

function hasSelector(webhook: JsonObject): boolean {
  return ['namespaceSelector', 'objectSelector'].some((key) => {
    const selector = at(webhook, key)
    return isJsonObject(selector) && Object.keys(selector).length > 0
  })
}

function seesEverything(webhook: JsonObject): boolean {
  const rules: unknown = at(webhook, 'rules')
  return Array.isArray(rules) && (rules as readonly Json[]).some(isRuleForEverything)
}

function isRuleForEverything(rule: Json): boolean {
  const includes = (key: string, word: string) => {
    const list: unknown = at(rule, key)
    return Array.isArray(list) && list.includes(word)
  }
  const scope = stringAt(rule, 'scope') ?? '*'
  const isWide = ['apiGroups', 'apiVersions', 'operations'].every((key) => includes(key, '*'))
  return isWide && scope === '*' && includes('resources', '*/*')
}

/** What the API server fills in, and what differs between installations. */
const defaults: JsonObject = {
  failurePolicy: 'Fail',
  matchPolicy: 'Equivalent',
  namespaceSelector: {},
  objectSelector: {},
  timeoutSeconds: 10,
  matchConditions: [],
}
/** An overlay decides the first one, and the second one is where we stand. */
const leftOut = ['failurePolicy', 'clientConfig']

function differences(
  live: readonly JsonObject[],
  shipped: readonly JsonObject[],
): readonly FoundFault[] {
  const names = new Set([...shipped, ...live].map(nameOf))
  return [...names].flatMap((name): FoundFault[] => {
    const [is, was] = [live, shipped].map((all) => all.find((one) => nameOf(one) === name))
    if (is === undefined) return [{ fault: 'changed', detail: `${name} is missing` }]
    if (was === undefined) return [{ fault: 'changed', detail: `${name} is not of ours` }]
    return changedFields(is, was).map((field) => ({
      fault: 'changed',
      detail: `${name}: ${field}`,
    }))
  })
}

function changedFields(live: JsonObject, shipped: JsonObject): string[] {
  const [is, was] = [withDefaults(live), withDefaults(shipped)]
  const fields = new Set([...Object.keys(is), ...Object.keys(was)])
  return [...fields].filter(
    (field) => !leftOut.includes(field) && digest(is[field] ?? null) !== digest(was[field] ?? null),
  )
}

/** As the API server stores an entry. */
export function withDefaults(webhook: JsonObject): JsonObject {
  const rules: unknown = at(webhook, 'rules')
  const withScope = Array.isArray(rules)
    ? (rules as readonly Json[]).map((rule) =>
        isJsonObject(rule) ? { scope: '*', ...rule } : rule,
      )
    : []
  return { ...defaults, ...webhook, rules: withScope }
}
