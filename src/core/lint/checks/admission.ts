import { enforcesAnywhere } from '../../policy/scope.ts'
import { labelsOf } from '../../exceptions/conditions/metadata.ts'
import { stringAt, type JsonObject } from '../../manifest/json.ts'
import { checkOf } from '../check.ts'
import { judgeGuard } from '../webhook/guard.ts'
import { configurationFindings } from '../webhook/configuration-findings.ts'
import {
  findMutatorsOfDeclared,
  findMutatorsOfOurs,
  findPoliciesOnOurs,
  type OwnPlace,
} from '../webhook/neighbours.ts'

export const webhookCheck = checkOf(
  { check: 'webhook', title: 'our webhook configuration' },
  ['configuration'],
  ({ configuration }, { policy, shipped, namespace, configurationName }) => {
    const findings = configurationFindings(configuration, {
      isEnforcing: policy !== undefined && enforcesAnywhere(policy),
      namespace,
      name: configurationName,
      ...(shipped === undefined ? {} : { shipped }),
    })
    const against = shipped === undefined ? 'what it has to be' : 'the manifest'
    return { summary: `${configurationName} compared with ${against}`, findings }
  },
)

export const guardCheck = checkOf(
  { check: 'guard', title: 'what keeps the configuration from being removed' },
  ['validatingPolicies', 'validatingBindings'],
  ({ validatingPolicies, validatingBindings }, { policy, namespace }) =>
    judgeGuard(validatingPolicies, validatingBindings, {
      isEnforcing: policy !== undefined && enforcesAnywhere(policy),
      namespace,
    }),
)

export const mutatorsCheck = checkOf(
  { check: 'mutators', title: 'what changes objects before we see them' },
  ['mutatingWebhooks', 'mutatingPolicies', 'mutatingBindings', 'namespaces', 'served'],
  (objects, { namespace, policy }) => {
    const { namespaces, served } = objects
    const all = { ...objects, validatingPolicies: [], validatingBindings: [] }
    const findings = [
      ...findMutatorsOfOurs(all, placeIn(namespaces, namespace)),
      ...findMutatorsOfDeclared(all, {
        served: served.resources,
        namespaces,
        policy,
        own: namespace,
      }),
    ]
    const count = objects.mutatingWebhooks.length
    return { summary: `mutating webhook configurations: ${count}`, findings }
  },
)

export const policiesCheck = checkOf(
  { check: 'policies', title: 'admission policies that are asked about us' },
  ['validatingPolicies', 'validatingBindings', 'namespaces'],
  (objects, { namespace }) => ({
    summary: `ValidatingAdmissionPolicies: ${objects.validatingPolicies.length}`,
    findings: findPoliciesOnOurs(
      { ...objects, mutatingWebhooks: [], mutatingPolicies: [], mutatingBindings: [] },
      placeIn(objects.namespaces, namespace),
    ),
  }),
)

function placeIn(namespaces: readonly JsonObject[], namespace: string): OwnPlace {
  const found = namespaces.find((one) => stringAt(one, 'metadata', 'name') === namespace)
  return { namespace, labels: found === undefined ? undefined : labelsOf(found) }
}
