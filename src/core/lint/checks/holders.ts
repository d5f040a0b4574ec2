import { namespacesOfAccounts } from '../../decision/named-accounts.ts'
import { stringAt } from '../../manifest/json.ts'
import { checkOf } from '../check.ts'
import { findHolders } from '../rbac/findings.ts'
import { guardName } from '../webhook/neighbours.ts'

const needs = [
  'roles',
  'clusterRoles',
  'roleBindings',
  'clusterRoleBindings',
  'validatingPolicies',
] as const

export const holdersCheck = checkOf(
  { check: 'holders', title: 'who could write past Git' },
  needs,
  (objects, { namespace, configurationName, policy }) => {
    const findings = findHolders(objects, {
      namespace,
      configuration: configurationName,
      policy,
      identities: new Set([
        'kube-system',
        namespace,
        ...(policy === undefined ? [] : namespacesOfAccounts(policy)),
      ]),
      isGuarded: objects.validatingPolicies.some(
        (one) => stringAt(one, 'metadata', 'name') === guardName,
      ),
    })
    const strangers = findings.filter(({ severity }) => severity !== 'note').length
    const expected = findings.length - strangers
    return {
      summary: `powers of others: ${strangers}; of the control plane, writers and our own: ${expected}`,
      findings,
    }
  },
)
