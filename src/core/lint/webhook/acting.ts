import { listAt } from '../../exceptions/conditions/metadata.ts'
import { at, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import { isAdmissionItself, rulesMatch, selectorMatches, type Asked } from './matching.ts'
import { nameOf } from '../text.ts'

const actingKinds = [
  'MutatingWebhookConfiguration',
  'MutatingAdmissionPolicy',
  'ValidatingAdmissionPolicy',
] as const
export type ActingKind = (typeof actingKinds)[number]

/** Somebody else in admission: one entry of a webhook configuration, or one binding of a policy. */
export interface Acting {
  readonly kind: ActingKind
  /** Of the configuration or policy. */
  readonly name: string
  /** Of the entry or binding. */
  readonly entry: string
  readonly failurePolicy: string
  /** CEL of its own may leave out more than is told here. */
  readonly hasConditions: boolean
  /** What a binding of a policy does with a violation; empty for all others. */
  readonly actions: readonly string[]
  /** All have to match: those of a policy, and those of its binding. */
  readonly constraints: readonly Constraint[]
}

interface Constraint {
  /** Undefined: whatever it is. */
  readonly rules: readonly Json[] | undefined
  readonly excluded: readonly Json[]
  readonly isExact: boolean
  readonly namespaceSelector: Json | undefined
  readonly objectSelector: Json | undefined
}

export interface Target extends Asked {
  /** Of its Namespace; undefined for what has none. */
  readonly namespaceLabels?: JsonObject
  /** Undefined: any. */
  readonly labels?: JsonObject
}

export function mutatingWebhooks(configurations: readonly JsonObject[]): readonly Acting[] {
  return configurations.flatMap((configuration) =>
    listAt(configuration, 'webhooks').map((webhook) => ({
      kind: 'MutatingWebhookConfiguration' as const,
      name: nameOf(configuration),
      entry: stringAt(webhook, 'name') ?? '',
      failurePolicy: stringAt(webhook, 'failurePolicy') ?? 'Fail',
      hasConditions: listAt(webhook, 'matchConditions').length > 0,
      actions: [],
      constraints: [toConstraint(webhook, listAt(webhook, 'rules'))],
    })),
  )
}

/** A policy without a binding does nothing. */
export function boundPolicies(
  kind: Exclude<ActingKind, 'MutatingWebhookConfiguration'>,
  policies: readonly JsonObject[],
  bindings: readonly JsonObject[],
): readonly Acting[] {
  return policies.flatMap((policy) => {
    const constraints = at(policy, 'spec', 'matchConstraints')
    return bindings
      .filter((binding) => stringAt(binding, 'spec', 'policyName') === nameOf(policy))
      .map((binding) => {
        const narrower = at(binding, 'spec', 'matchResources')
        const rules = listAt(narrower, 'resourceRules')
        return {
          kind,
          name: nameOf(policy),
          entry: nameOf(binding),
          failurePolicy: stringAt(policy, 'spec', 'failurePolicy') ?? 'Fail',
          hasConditions: listAt(policy, 'spec', 'matchConditions').length > 0,
          actions: listAt(binding, 'spec', 'validationActions').filter(isText),
          constraints: [
            toConstraint(constraints, listAt(constraints, 'resourceRules')),
            toConstraint(narrower, rules.length === 0 ? undefined : rules),
          ],
        }
      })
  })
}

/** `NotIn` and the like can only be told of labels that are known: unknown ones may match. */
export function actsOn(acting: Acting, target: Target): boolean {
  if (isAdmissionItself(target) && acting.kind === 'MutatingWebhookConfiguration') return false
  return acting.constraints.every((constraint) => isMet(constraint, target))
}

/** What a Namespace of these labels adds: it is the same for all that is in it. */
export function actsIn({ constraints }: Acting, labels: JsonObject): boolean {
  return constraints.every(({ namespaceSelector }) => selectorMatches(namespaceSelector, labels))
}

function isMet(constraint: Constraint, target: Target): boolean {
  const { rules, excluded, isExact, namespaceSelector, objectSelector } = constraint
  const asked = isExact ? { ...target, versions: target.versions.slice(0, 1) } : target
  if (rules !== undefined && !rulesMatch(rules, asked)) return false
  if (rulesMatch(excluded, asked)) return false
  const { namespaceLabels, labels } = target
  if (namespaceLabels !== undefined && !selectorMatches(namespaceSelector, namespaceLabels)) {
    return false
  }
  return labels === undefined || selectorMatches(objectSelector, labels)
}

function toConstraint(value: Json | undefined, rules: readonly Json[] | undefined): Constraint {
  return {
    rules,
    excluded: listAt(value, 'excludeResourceRules'),
    isExact: stringAt(value, 'matchPolicy') === 'Exact',
    namespaceSelector: at(value, 'namespaceSelector'),
    objectSelector: at(value, 'objectSelector'),
  }
}

function isText(value: Json): value is string {
  return typeof value === 'string'
}
