import { listAt } from '../../exceptions/conditions/metadata.ts'
import { at, stringAt, type JsonObject } from '../../manifest/json.ts'
import type { Judgement } from '../check.ts'
import type { Finding } from '../finding.ts'
import { actsOn, boundPolicies } from './acting.ts'
import { guardName } from './neighbours.ts'

const fix = 'Apply the component enforce of the manifests.'
const command = `kubectl get validatingadmissionpolicy,validatingadmissionpolicybinding ${guardName} -o yaml`

/** Whether the policy that stands before webhook configurations is in force. */
export function judgeGuard(
  policies: readonly JsonObject[],
  bindings: readonly JsonObject[],
  { isEnforcing }: { readonly isEnforcing: boolean },
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
  const findings = weaknesses(policy, bindings).map((what): Finding => ({
    severity: 'problem',
    kind: 'guard-weak',
    what,
    fix,
    command,
    facts: {},
  }))
  return { summary: `${guardName} is there`, findings }
}

function weaknesses(policy: JsonObject, bindings: readonly JsonObject[]): readonly string[] {
  const found: string[] = []
  if (stringAt(policy, 'spec', 'failurePolicy') === 'Ignore') {
    found.push(`${guardName} has failurePolicy Ignore`)
  }
  if (listAt(policy, 'spec', 'validations').length === 0) found.push(`${guardName} checks nothing`)
  if (listAt(policy, 'spec', 'matchConditions').length > 0) {
    found.push(`${guardName} has matchConditions, which leave something out`)
  }
  const denying = boundPolicies('ValidatingAdmissionPolicy', [policy], bindings).filter(
    ({ actions }) => actions.includes('Deny'),
  )
  if (denying.length === 0) return [...found, `no binding of ${guardName} denies anything`]
  for (const operation of ['CREATE', 'UPDATE', 'DELETE']) {
    for (const resource of ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations']) {
      const target = { ...admission, resource, operation }
      const isCovered = denying.some((one) => actsOn(one, target) && !hasSelector(policy))
      if (!isCovered) found.push(`${guardName} is not asked about ${operation} of ${resource}`)
    }
  }
  return found
}

const admission = {
  group: 'admissionregistration.k8s.io',
  versions: ['v1'],
  subresource: '',
  isNamespaced: false,
} as const

function hasSelector(policy: JsonObject): boolean {
  const selector = at(policy, 'spec', 'matchConstraints', 'objectSelector')
  return ['matchLabels', 'matchExpressions'].some((key) => at(selector, key) !== undefined)
}
