import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import type { Policy } from '../policy/schema.ts'
import { enforcesAnywhere } from '../policy/scope.ts'
import type { Case } from './case.ts'
import { grantsDanger } from './dangerous-role.ts'
import { deny, type Row } from './row.ts'

/**
 * Row 3: what would let somebody switch us off or become a writer. Once any scope enforces it is
 * guarded in every scope, against everybody but the control plane. Writers at level `content` join
 * them when that level compares content.
 */
export const protectedObject: Row = async (one: Case) => {
  if (!enforcesAnywhere(one.policy)) return undefined
  const why = whyProtected(one) ?? (await whyPodIsProtected(one))
  if (why === undefined) return undefined
  const match = await one.exception()
  if (match.kind === 'covered' && (match.origin === 'built-in' || isOwnSecret(one)))
    return undefined
  return deny('Protected', `${one.title} is protected: ${why}. See docs/emergency.md.`)
}

/**
 * Whoever keeps our certificate renewed, cert-manager for one, has to write its Secret: then a row of
 * the policy, which nobody else can change, names our namespace.
 */
function isOwnSecret({ resource, namespace, own }: Case): boolean {
  return resource === 'secrets' && namespace === own.namespace
}

type Guard = (one: Case) => string | undefined

const guards: readonly Guard[] = [
  ({ namespace, own, resource }) =>
    namespace === own.namespace && !isEvent(resource)
      ? 'it belongs to solewriter itself'
      : undefined,
  ({ request }) =>
    request.resource.group === 'solewriter.dev' ? 'it belongs to solewriter itself' : undefined,
  ownClusterObject,
  ({ request }) =>
    isRole(request.resource) ? whyRole(request.object, request.oldObject) : undefined,
  tokenOfNamedAccount,
  tokenSecretOfNamedAccount,
  podsOfNamedAccount,
]

function whyProtected(one: Case): string | undefined {
  for (const guard of guards) {
    const why = guard(one)
    if (why !== undefined) return why
  }
  return undefined
}

function isEvent(resource: string): boolean {
  return resource === 'events' || resource === 'events.events.k8s.io'
}

const ownKinds: ReadonlySet<string> = new Set([
  'clusterroles.rbac.authorization.k8s.io',
  'clusterrolebindings.rbac.authorization.k8s.io',
  'flowschemas.flowcontrol.apiserver.k8s.io',
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io',
  'priorityclasses.scheduling.k8s.io',
])

function ownClusterObject({ resource, request }: Case): string | undefined {
  const { name } = request
  const isOwn =
    (ownKinds.has(resource) && /^solewriter(?:-|:|$)/.test(name)) ||
    (resource.startsWith('customresourcedefinitions.') && name.endsWith('.solewriter.dev'))
  return isOwn ? 'it belongs to solewriter itself' : undefined
}

function isRole({
  group,
  resource,
}: {
  readonly group: string
  readonly resource: string
}): boolean {
  return (
    group === 'rbac.authorization.k8s.io' && (resource === 'roles' || resource === 'clusterroles')
  )
}

function whyRole(object: JsonObject | null, oldObject: JsonObject | null): string | undefined {
  const danger = [object, oldObject].map(grantsDanger).find((found) => found !== undefined)
  return danger === undefined ? undefined : `it gives ${danger}`
}

function tokenOfNamedAccount({ resource, request, policy }: Case): string | undefined {
  if (resource !== 'serviceaccounts/token') return undefined
  return named(policy, request.namespace, request.name, 'tokens')
}

function tokenSecretOfNamedAccount({ resource, request, policy }: Case): string | undefined {
  if (resource !== 'secrets') return undefined
  for (const secret of [request.object, request.oldObject]) {
    if (stringAt(secret ?? undefined, 'type') !== 'kubernetes.io/service-account-token') continue
    const annotation = ['metadata', 'annotations', 'kubernetes.io/service-account.name'] as const
    const account = stringAt(secret ?? undefined, ...annotation) ?? ''
    const why = named(policy, request.namespace, account, 'tokens')
    if (why !== undefined) return why
  }
  return undefined
}

const podSpecs: Readonly<Record<string, readonly string[]>> = {
  pods: ['spec'],
  podtemplates: ['template', 'spec'],
  replicationcontrollers: ['spec', 'template', 'spec'],
  'deployments.apps': ['spec', 'template', 'spec'],
  'replicasets.apps': ['spec', 'template', 'spec'],
  'statefulsets.apps': ['spec', 'template', 'spec'],
  'daemonsets.apps': ['spec', 'template', 'spec'],
  'jobs.batch': ['spec', 'template', 'spec'],
  'cronjobs.batch': ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
}

/** Pods and templates that run as it: whoever shapes them speaks with its voice. */
function podsOfNamedAccount({ resource, request, policy }: Case): string | undefined {
  const path = Object.hasOwn(podSpecs, resource) ? podSpecs[resource] : undefined
  if (path === undefined || request.operation === 'DELETE') return undefined
  const account = accountOf(at(request.object ?? undefined, ...path))
  return named(policy, request.namespace, account, 'Pods')
}

const intoPods: ReadonlySet<string> = new Set([
  'pods/exec',
  'pods/attach',
  'pods/portforward',
  'pods/proxy',
  'pods/ephemeralcontainers',
])

/** The review of a CONNECT does not carry the Pod. */
async function whyPodIsProtected(one: Case): Promise<string | undefined> {
  const { resource, request, policy, cluster } = one
  if (!intoPods.has(resource) || !hasNamedAccountIn(policy, request.namespace)) return undefined
  // Proxies name the port behind a colon, and a scheme before one.
  const name = request.name.split(':').find((part) => part !== '' && !/^https?$/.test(part)) ?? ''
  const { namespace } = request
  const reference = { group: '', version: 'v1', kind: 'Pod', namespace, name }
  const live = await cluster.read(reference, one.ground.signal)
  if (live.kind === 'unreadable') return `we may not read the Pod (${live.permission})`
  if (live.kind === 'absent') return undefined
  return named(policy, namespace, accountOf(at(live.object, 'spec')), 'Pods')
}

function accountOf(spec: Json | undefined): string {
  if (!isJsonObject(spec)) return ''
  const account = stringAt(spec, 'serviceAccountName') ?? stringAt(spec, 'serviceAccount') ?? ''
  return account === '' ? 'default' : account
}

function named(policy: Policy, namespace: string, name: string, what: string): string | undefined {
  if (name === '') return undefined
  const by = namedAccounts(policy).find((one) => one.namespace === namespace && one.name === name)
  if (by === undefined) return undefined
  return `${what} of ${namespace}/${name} are those of ${by.role}`
}

function hasNamedAccountIn(policy: Policy, namespace: string): boolean {
  return namedAccounts(policy).some((one) => one.namespace === namespace)
}

interface NamedAccount {
  readonly namespace: string
  readonly name: string
  readonly role: string
}

function namedAccounts({ spec }: Policy): readonly NamedAccount[] {
  const rows = [
    ...spec.writers.map(({ subject, name }) => ({ subject, role: `writer ${name}` })),
    ...spec.exceptions.map(({ subject, name }) => ({ subject, role: `exception ${name}` })),
  ]
  return rows.flatMap(({ subject, role }) =>
    subject.kind === 'serviceAccount'
      ? [{ namespace: subject.namespace, name: subject.name, role }]
      : [],
  )
}
