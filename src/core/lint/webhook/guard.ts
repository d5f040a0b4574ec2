import { listAt } from '../../exceptions/conditions/metadata.ts'
import { at, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import type { Judgement } from '../check.ts'
import type { Finding } from '../finding.ts'
import { isOpen, rulesMatch } from './matching.ts'
import { guardName } from './neighbours.ts'
import { isSameExpression } from './own-configuration.ts'
import { guardValidation, guardVariables } from './shipped-guard.ts'

export interface GuardOptions {
  readonly isEnforcing: boolean
  /** Where we are installed, which the guard names. */
  readonly namespace: string
}

const fix = 'Apply the component enforce of the manifests.'
const command = `kubectl get validatingadmissionpolicy,validatingadmissionpolicybinding ${guardName} -o yaml`

/** Whether the policy that stands before webhook configurations is in force. */
export function judgeGuard(
  policies: readonly JsonObject[],
  bindings: readonly JsonObject[],
  { isEnforcing, namespace }: GuardOptions,
): Judgement {
  const policy = policies.find((one) => stringAt(one, 'metadata', 'name') === guardName)
  if (policy === undefined) {
    const what = `there is no ValidatingAdmissionPolicy ${guardName}: whoever may write webhook configurations can remove ours`
    const severity = isEnforcing ? 'warning' : 'note'
    return {
      summary: 'no guard',
      findings: [{ severity, kind: 'guard-absent', what, fix, facts: {} }],
    }
  }
  const weak = [
    ...policyWeaknesses(policy),
    ...expressionWeaknesses(policy, namespace),
    ...bindingWeaknesses(bindings),
  ]
  return {
    summary: `${guardName} is there`,
    findings: [...weak.map(weakness), ...allowed(policy)],
  }
}

function weakness(what: string): Finding {
  return {
    severity: 'problem',
    kind: 'guard-weak',
    what: `${guardName} ${what}`,
    fix,
    command,
    facts: {},
  }
}

const operations = ['CREATE', 'UPDATE', 'DELETE']
const guarded = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations']

function policyWeaknesses(policy: JsonObject): readonly string[] {
  const found: string[] = []
  if (stringAt(policy, 'spec', 'failurePolicy') === 'Ignore') found.push('has failurePolicy Ignore')
  if (listAt(policy, 'spec', 'matchConditions').length > 0) {
    found.push('has matchConditions, which leave something out')
  }
  const constraints = at(policy, 'spec', 'matchConstraints')
  if (!isOpen(at(constraints, 'objectSelector'))) {
    found.push('has an objectSelector, and others set labels')
  }
  for (const operation of operations) {
    for (const resource of guarded) {
      if (!isAsked(constraints, resource, operation)) {
        found.push(`is not asked about ${operation} of ${resource}`)
      }
    }
  }
  return found
}

/** Whatever the object is called. */
function isAsked(constraints: Json | undefined, resource: string, operation: string): boolean {
  const asked = {
    group: 'admissionregistration.k8s.io',
    versions: ['v1'],
    resource,
    subresource: '',
    operation,
    isNamespaced: false,
  }
  const rules = listAt(constraints, 'resourceRules').filter(
    (rule) => listAt(rule, 'resourceNames').length === 0,
  )
  return rulesMatch(rules, asked) && !rulesMatch(listAt(constraints, 'excludeResourceRules'), asked)
}

function expressionWeaknesses(policy: JsonObject, namespace: string): readonly string[] {
  const isShipped = (found: string | undefined, shipped: string): boolean =>
    found !== undefined && isSameExpression(found, shipped, namespace)
  const validations = listAt(policy, 'spec', 'validations').map((one) => expressionOf(one))
  const changed = Array.from(guardVariables).filter(
    ([name, shipped]) => !isShipped(variableOf(policy, name), shipped),
  )
  return [
    ...(validations.some((one) => isShipped(one, guardValidation))
      ? []
      : ['does not check what it is shipped to check']),
    ...changed.map(([name]) => `has another variable ${name} than it is shipped with`),
    ...(variableOf(policy, allowance)?.trim() === 'true' ? ['allows everybody'] : []),
  ]
}

const allowance = 'isAllowedHere'

/** Somebody of the installation, whom the manifest leaves room for. */
function allowed(policy: JsonObject): readonly Finding[] {
  const expression = variableOf(policy, allowance)?.trim() ?? 'false'
  if (expression === 'false' || expression === 'true') return []
  const what = `${guardName} also lets pass whoever fits: ${expression}`
  return [{ severity: 'note', kind: 'guard-allows', what, fix: '', facts: { expression } }]
}

function bindingWeaknesses(bindings: readonly JsonObject[]): readonly string[] {
  const denying = bindings.filter(
    (one) =>
      stringAt(one, 'spec', 'policyName') === guardName &&
      listAt(one, 'spec', 'validationActions').includes('Deny'),
  )
  if (denying.length === 0) return ['has no binding that denies anything']
  return denying.some(isForAll) ? [] : ['has no binding for everything']
}

function isForAll(binding: JsonObject): boolean {
  const narrower = at(binding, 'spec', 'matchResources')
  return (
    at(binding, 'spec', 'paramRef') === undefined &&
    ['resourceRules', 'excludeResourceRules'].every((key) => listAt(narrower, key).length === 0) &&
    ['objectSelector', 'namespaceSelector'].every((key) => isOpen(at(narrower, key)))
  )
}

function variableOf(policy: JsonObject, name: string): string | undefined {
  const found = listAt(policy, 'spec', 'variables').find((one) => stringAt(one, 'name') === name)
  return found === undefined ? undefined : expressionOf(found)
}

function expressionOf(value: Json): string {
  return stringAt(value, 'expression') ?? ''
}
