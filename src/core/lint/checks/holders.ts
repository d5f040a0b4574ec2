import { namespacesOfAccounts } from '../../decision/named-accounts.ts'
import { checkOf } from '../check.ts'
import { findHolders } from '../rbac/findings.ts'
import { judgeGuard } from '../webhook/guard.ts'

const needs = [
  'roles',
  'clusterRoles',
  'roleBindings',
  'clusterRoleBindings',
  'validatingPolicies',
  'validatingBindings',
] as const

export const holdersCheck = checkOf(
  { check: 'holders', title: 'who could write past Git' },
  needs,
  (objects, { namespace, configurationName, policy }) => {
    const guard = judgeGuard(objects.validatingPolicies, objects.validatingBindings, {
      isEnforcing: true,
      namespace,
    })
    const findings = findHolders(objects, {
      namespace,
      configuration: configurationName,
      policy,
      identities: new Set([
        'kube-system',
        namespace,
        ...(policy === undefined ? [] : namespacesOfAccounts(policy)),
      ]),
      isGuarded: guard.findings.every(({ severity }) => severity === 'note'),
    })
    const strangers = findings.filter(({ severity }) => severity !== 'note').length
    const expected = findings.length - strangers
    return {
      summary: `powers of others: ${strangers}; of the control plane, writers and our own: ${expected}`,
      findings,
    }
  },
)
