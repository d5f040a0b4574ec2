import { rowsNaming } from '../exceptions/built-in.ts'
import type { ExceptionMatch } from '../exceptions/match.ts'
import { stringAt } from '../manifest/json.ts'
import { consolePreset } from '../policy/presets/console.ts'
import { enforcesAnywhere } from '../policy/scope.ts'
import type { Case } from './case.ts'
import { subjectOf } from './certificate-request.ts'
import { whyNamed } from './named-accounts.ts'
import {
  intoPodOfNamedAccount,
  podsOfNamedAccount,
  throughNodeOfNamedAccount,
} from './protected-pods.ts'
import { aggregatingRole, dangerousRole } from './protected-roles.ts'
import type { Verdict } from './decision.ts'
import { deny, type Guard, type Look, type Row } from './row.ts'
import { writerRow } from './writer-row.ts'

/**
 * Row 3: what would let somebody switch us off or become a writer. Once any scope enforces it is
 * guarded in every scope, against everybody but the control plane and writers whose content is
 * compared.
 */
export const protectedObject: Row = async (one: Case) => {
  if (!enforcesAnywhere(one.policy)) return undefined
  const why = whyProtected(one) ?? (await whyOnALook(one))
  if (why === undefined) return undefined
  const match = await one.exception()
  if (match.kind === 'covered' && isEnough(one, match)) return undefined
  if (one.who.kind === 'writer' && one.who.writer.verify === 'content') return judgeWriter(one, why)
  return deny('Protected', `${one.title} is protected: ${why}. See docs/emergency.md.`)
}

/**
 * Here and not in row 8: no scope that is off, and no exception of the policy, stands in for what Git
 * has to show. Where a denial would only be recorded it becomes one that is not.
 */
async function judgeWriter(one: Case, why: string): Promise<Verdict | undefined> {
  const { mode } = one.scope
  const isSealed = mode === 'sealed' && one.namespace !== one.own.namespace
  if (isSealed || one.changes.areNone(false)) return undefined
  const verdict = await writerRow(one)
  if (verdict?.kind !== 'deny' || mode === 'enforce' || mode === 'sealed') return verdict
  const { reason, message, paths } = verdict
  return deny('Protected', `${one.title} is protected: ${why}. ${reason}: ${message}`, {
    rule: verdict.rule,
    paths,
  })
}

/** Without looking at the cluster: a failure before row 3 was decided must not let it through. */
export function mayBeProtected(one: Case): boolean {
  if (!enforcesAnywhere(one.policy)) return false
  return whyProtected(one) !== undefined || looks.some(({ isNeeded }) => isNeeded(one))
}

function isEnough(one: Case, { origin, rule }: Covered): boolean {
  return origin === 'built-in' || isLeftToPolicy(one) || isWayToConsole(one, rule)
}

type Covered = Extract<ExceptionMatch, { readonly kind: 'covered' }>

/** Its rows hold for Pods of the controller alone; a row that was written by hand says nothing of them. */
function isWayToConsole({ resource, namespace, own, policy }: Case, rule: string): boolean {
  if (resource !== 'pods/portforward' || namespace !== own.namespace) return false
  const exception = policy.spec.exceptions.find(({ name }) => name === rule)
  return exception?.from?.preset === consolePreset.name
}

/**
 * Who keeps our certificate renewed, cert-manager for one, has to write its Secret, and what joins
 * nodes to a cluster differs from cloud to cloud: there a row of the policy, which nobody else can
 * change, may name somebody.
 */
function isLeftToPolicy(one: Case): boolean {
  const { resource, namespace, own, request } = one
  if (resource === 'secrets') {
    return namespace === own.namespace || bootstrapToken(one) !== undefined
  }
  const signer = stringAt(request.object ?? undefined, 'spec', 'signerName')
  return isCertificateRequest(resource) && signer === nodeSigner
}

const ours = 'it belongs to solewriter itself'

const guards: readonly Guard[] = [
  ({ namespace, own, resource }) =>
    namespace === own.namespace && !isEvent(resource) ? ours : undefined,
  ({ request }) => (request.resource.group === 'solewriter.dev' ? ours : undefined),
  ownClusterObject,
  dangerousRole,
  tokenOfNamedAccount,
  tokenSecretOfNamedAccount,
  bootstrapToken,
  certificateOfNamedIdentity,
  podsOfNamedAccount,
]

const looks: readonly Look[] = [intoPodOfNamedAccount, throughNodeOfNamedAccount, aggregatingRole]

function whyProtected(one: Case): string | undefined {
  for (const guard of guards) {
    const why = guard(one)
    if (why !== undefined) return why
  }
  return undefined
}

async function whyOnALook(one: Case): Promise<string | undefined> {
  for (const { isNeeded, why } of looks) {
    const found = isNeeded(one) ? await why(one) : undefined
    if (found !== undefined) return found
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

/** What serves our group: a definition, or an API server that would take its place. */
const apiKinds: ReadonlySet<string> = new Set([
  'customresourcedefinitions.apiextensions.k8s.io',
  'apiservices.apiregistration.k8s.io',
])

function ownClusterObject({ resource, request }: Case): string | undefined {
  const { name } = request
  const [main = ''] = resource.split('/')
  const isOwn =
    (ownKinds.has(main) && /^solewriter(?:-|:|$)/.test(name)) ||
    (apiKinds.has(main) && name.endsWith('.solewriter.dev'))
  return isOwn ? ours : undefined
}

function tokenOfNamedAccount({ resource, request, policy }: Case): string | undefined {
  return resource === 'serviceaccounts/token' ? whyNamed(policy, request, 'tokens') : undefined
}

function tokenSecretOfNamedAccount({ resource, request, policy }: Case): string | undefined {
  if (resource !== 'secrets') return undefined
  for (const secret of [request.object ?? undefined, request.oldObject ?? undefined]) {
    if (stringAt(secret, 'type') !== 'kubernetes.io/service-account-token') continue
    const annotation = ['metadata', 'annotations', 'kubernetes.io/service-account.name'] as const
    const name = stringAt(secret, ...annotation) ?? ''
    const why = whyNamed(policy, { namespace: request.namespace, name }, 'tokens')
    if (why !== undefined) return why
  }
  return undefined
}

/** Whoever knows one joins as a node, and so gets the tokens of its Pods. */
function bootstrapToken({ resource, request }: Case): string | undefined {
  if (resource !== 'secrets' || request.namespace !== 'kube-system') return undefined
  const secrets = [request.object ?? undefined, request.oldObject ?? undefined]
  const isOne = secrets.some((one) => stringAt(one, 'type') === 'bootstrap.kubernetes.io/token')
  return isOne ? 'it lets machines join as nodes' : undefined
}

const mightyGroups: readonly string[] = ['system:masters', 'solewriter:emergency']

/** Only those of kubelets come from it: the API server sees to that. */
const nodeSigner = 'kubernetes.io/kube-apiserver-client-kubelet'

function isCertificateRequest(resource: string): boolean {
  return resource.split('/')[0] === 'certificatesigningrequests.certificates.k8s.io'
}

/** Its approval and signing too. Those of servers make nobody a client. */
function certificateOfNamedIdentity(one: Case): string | undefined {
  const { resource, request } = one
  if (!isCertificateRequest(resource)) return undefined
  const object = request.object ?? undefined
  const signer = stringAt(object, 'spec', 'signerName') ?? 'kubernetes.io/'
  if (!signer.startsWith('kubernetes.io/') || signer === 'kubernetes.io/kubelet-serving') {
    return undefined
  }
  if (object === undefined) return undefined
  const subject = subjectOf(object)
  if (subject === undefined) return 'it cannot be told whose certificate it asks for'
  const named = [
    ...subject.names.filter((name) => isNamedIdentity(name, one)),
    ...subject.groups.filter((group) => mightyGroups.includes(group)),
  ]
  return named[0] === undefined ? undefined : `it asks for a certificate of ${named[0]}`
}

function isNamedIdentity(username: string, { policy, own }: Case): boolean {
  const { writers, exceptions, derived } = policy.spec
  const isOfPolicy = [...writers, ...exceptions, ...derived].some(
    ({ subject }) => subject.kind !== 'group' && subject.username === username,
  )
  const isOfTable = rowsNaming(username).some(({ subject }) => subject.kind !== 'service-account')
  return isOfPolicy || isOfTable || own.accounts.has(username)
}
