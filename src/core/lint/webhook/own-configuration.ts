import { shippedConditions } from '../../audit/reconcile/shipped-conditions.ts'
import { listAt } from '../../exceptions/conditions/metadata.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import { differences, withDefaults, type Difference } from './differences.ts'

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
  /** A condition that is not one of ours leaves something out. */
  'condition-foreign',
  /** The API server trusts every public authority, or no certificate of ours. */
  'ca-bundle-missing',
  /** Not as shipped; the details say in what. */
  'changed',
] as const
export type ConfigurationFault = (typeof configurationFaults)[number]

export interface FoundFault extends Difference {
  readonly fault: ConfigurationFault
  /** Of the entry; empty for the whole configuration. */
  readonly entry: string
  /** Names of entries and fields. */
  readonly detail: string
}

export interface Expectation {
  /** Whether any scope of the policy enforces. */
  readonly isEnforcing: boolean
  /** The manifest that was applied, if we were given it. */
  readonly shipped?: JsonObject
  /** Where we are installed, which our conditions name. */
  readonly namespace?: string
}

export function findFaults(
  live: JsonObject | undefined,
  expectation: Expectation,
): readonly FoundFault[] {
  if (live === undefined) {
    const detail = 'there is no such configuration'
    return [{ fault: 'absent', entry: '', detail, path: '', found: undefined, wanted: undefined }]
  }
  const webhooks = entriesOf(live)
  const { shipped } = expectation
  const inThemselves = webhooks.flatMap((webhook) =>
    judges.flatMap(([fault, judge]) =>
      judge(webhook, expectation).map((one) => toFault(fault, nameOf(webhook), one)),
    ),
  )
  const isTold = ({ entry, path }: FoundFault) =>
    inThemselves.some((one) => one.entry === entry && `${path}.`.startsWith(`${one.path}.`))
  const changed = shipped === undefined ? [] : changes(webhooks, entriesOf(shipped))
  return [
    ...inThemselves,
    ...narrowness(webhooks),
    ...changed.filter((one) => !isTold(one)),
  ].toSorted((a, b) => placeOf(a.fault) - placeOf(b.fault))
}

function placeOf(fault: ConfigurationFault): number {
  return configurationFaults.indexOf(fault)
}

function toFault(fault: ConfigurationFault, entry: string, difference: Difference): FoundFault {
  const detail = fault === 'changed' ? `${entry}: ${difference.path}` : entry
  return { fault, entry, detail, ...difference }
}

type Judge = (webhook: JsonObject, expectation: Expectation) => readonly Difference[]

/** What is wrong whatever was applied. */
const judges: readonly (readonly [ConfigurationFault, Judge])[] = [
  ['failure-policy-ignore', ignoring],
  ['selector', selecting],
  ['condition-foreign', foreignConditions],
  ['ca-bundle-missing', withoutBundle],
]

function ignoring(
  webhook: JsonObject,
  { isEnforcing, shipped }: Expectation,
): readonly Difference[] {
  const wasFail = entriesOf(shipped ?? {}).some(
    (one) => nameOf(one) === nameOf(webhook) && stringAt(one, 'failurePolicy') === 'Fail',
  )
  const found = stringAt(webhook, 'failurePolicy') ?? 'Fail'
  if (found === 'Fail' || !(isEnforcing || wasFail)) return []
  return [{ path: 'failurePolicy', found, wanted: 'Fail' }]
}

function selecting(webhook: JsonObject): readonly Difference[] {
  return ['namespaceSelector', 'objectSelector'].flatMap((path) => {
    const found = at(webhook, path)
    return isJsonObject(found) && Object.keys(found).length > 0 ? [{ path, found, wanted: {} }] : []
  })
}

function withoutBundle(webhook: JsonObject): readonly Difference[] {
  const found = stringAt(webhook, 'clientConfig', 'caBundle')
  if ((found ?? '') !== '') return []
  return [{ path: 'clientConfig.caBundle', found, wanted: 'the authority of the webhook' }]
}

/** With the manifest at hand it says which conditions there are; else what we know of our own. */
function foreignConditions(
  webhook: JsonObject,
  { shipped, namespace = defaultNamespace }: Expectation,
): readonly Difference[] {
  if (shipped !== undefined) return []
  return listAt(webhook, 'matchConditions').flatMap((condition) => {
    const name = stringAt(condition, 'name') ?? ''
    const found = stringAt(condition, 'expression') ?? ''
    if (isShippedCondition(name, found, namespace)) return []
    const shipped = shippedConditions.get(name)
    const wanted = shipped === undefined ? undefined : movedTo(namespace, shipped)
    return [{ path: `matchConditions[name=${name}]`, found, wanted }]
  })
}

const defaultNamespace = 'solewriter-system'

/** Whether it is one of ours to the letter, spaces and our namespace apart. */
export function isShippedCondition(name: string, text: string, namespace: string): boolean {
  const shipped = shippedConditions.get(name)
  return shipped !== undefined && isSameExpression(text, shipped, namespace)
}

/** To the letter, spaces and our namespace apart. */
export function isSameExpression(text: string, shipped: string, namespace: string): boolean {
  return inOneLine(movedTo(namespace, shipped)) === inOneLine(text)
}

function movedTo(namespace: string, text: string): string {
  return text.replaceAll(defaultNamespace, namespace)
}

function inOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

function narrowness(webhooks: readonly JsonObject[]): readonly FoundFault[] {
  if (webhooks.some((one) => listAt(one, 'rules').some(isRuleForEverything))) return []
  const [first] = webhooks
  return [
    {
      fault: 'rules-narrow',
      entry: '',
      detail: 'all',
      path: 'rules',
      found: first === undefined ? undefined : at(first, 'rules'),
      wanted: [everything],
    },
  ]
}

const everything: JsonObject = {
  apiGroups: ['*'],
  apiVersions: ['*'],
  resources: ['*/*'],
  operations: ['*'],
  scope: '*',
}

function isRuleForEverything(rule: Json): boolean {
  const isWide = ['apiGroups', 'apiVersions', 'operations'].every((key) =>
    listAt(rule, key).includes('*'),
  )
  const scope = stringAt(rule, 'scope') ?? '*'
  return isWide && scope === '*' && listAt(rule, 'resources').includes('*/*')
}

/** The policy decides about the first one, see `ignoring`. */
const leftOut = ['failurePolicy', 'clientConfig']

function changes(
  live: readonly JsonObject[],
  shipped: readonly JsonObject[],
): readonly FoundFault[] {
  const names = new Set([...shipped, ...live].map(nameOf))
  return [...names].flatMap((name): readonly FoundFault[] => {
    const [is, was] = [live, shipped].map((all) => all.find((one) => nameOf(one) === name))
    const whole = { fault: 'changed', entry: name, path: '' } as const
    if (is === undefined) {
      return [{ ...whole, detail: `${name} is missing`, found: undefined, wanted: name }]
    }
    if (was === undefined) {
      return [{ ...whole, detail: `${name} is not of ours`, found: name, wanted: undefined }]
    }
    const found = differences(comparable(is), comparable(was))
    return [...found, ...elsewhere(is, was)].map((one) => toFault('changed', name, one))
  })
}

function comparable(webhook: JsonObject): JsonObject {
  const entries = Object.entries(withDefaults(webhook))
  return Object.fromEntries(entries.filter(([key]) => !leftOut.includes(key)))
}

/** Who is called: what the manifest says of that has to hold. */
function elsewhere(is: JsonObject, was: JsonObject): readonly Difference[] {
  const [found, wanted] = [is, was].map((one) => callee(at(one, 'clientConfig')))
  if (wanted === undefined) return []
  if (found === undefined || Object.keys(wanted).join() !== Object.keys(found).join()) {
    return [{ path: 'clientConfig', found, wanted }]
  }
  return differences(found, wanted).map((one) => ({ ...one, path: `clientConfig.${one.path}` }))
}

function callee(clientConfig: Json | undefined): JsonObject | undefined {
  const url = at(clientConfig, 'url')
  const service = at(clientConfig, 'service')
  if (isJsonObject(service)) return { service: { port: 443, ...service } }
  return url === undefined ? undefined : { url }
}

function entriesOf(configuration: JsonObject): readonly JsonObject[] {
  return listAt(configuration, 'webhooks').filter(isJsonObject)
}

function nameOf(webhook: JsonObject): string {
  return stringAt(webhook, 'name') ?? ''
}
