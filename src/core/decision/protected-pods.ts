import { proxiedName } from '../admission/proxied-name.ts'
import { at, isJsonObject, stringAt, type Json } from '../manifest/json.ts'
import type { Case } from './case.ts'
import { namespacesOfAccounts, whyNamed } from './named-accounts.ts'
import type { Look } from './row.ts'

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
export function podsOfNamedAccount({ resource, request, policy }: Case): string | undefined {
  const path = Object.hasOwn(podSpecs, resource) ? podSpecs[resource] : undefined
  if (path === undefined || request.operation === 'DELETE') return undefined
  const spec = at(request.object ?? undefined, ...path)
  return whyNamed(policy, accountOf(spec, request.namespace), 'Pods')
}

const intoPods: ReadonlySet<string> = new Set([
  'pods/exec',
  'pods/attach',
  'pods/portforward',
  'pods/proxy',
  'pods/ephemeralcontainers',
])

/** The review of a CONNECT does not carry the Pod. */
export const intoPodOfNamedAccount: Look = {
  isNeeded: ({ resource, request, policy }) =>
    intoPods.has(resource) && namespacesOfAccounts(policy).has(request.namespace),
  async why({ request, policy, cluster, ground }) {
    const { namespace } = request
    const name = request.subresource === 'proxy' ? proxiedName(request.name) : request.name
    const reference = { group: '', version: 'v1', kind: 'Pod', namespace, name }
    const live = await cluster.read(reference, ground.signal)
    if (live.kind === 'unreadable') return `we may not read the Pod (${live.permission})`
    if (live.kind === 'absent') return undefined
    return whyNamed(policy, accountOf(at(live.object, 'spec'), namespace), 'Pods')
  },
}

/** The kubelet's own API starts processes in every Pod of its node. */
export const throughNodeOfNamedAccount: Look = {
  isNeeded: ({ resource }) => resource === 'nodes/proxy',
  async why({ request, policy, own, cluster, ground }) {
    const node = proxiedName(request.name)
    for (const namespace of new Set([own.namespace, ...namespacesOfAccounts(policy)])) {
      const kind = { group: '', version: 'v1', kind: 'Pod', namespace }
      const found = await cluster.list(kind, ground.signal)
      if (found.kind === 'unreadable') return `we may not read its Pods (${found.permission})`
      const isThere = found.objects.some((pod) => {
        const spec = at(pod, 'spec')
        if (stringAt(spec, 'nodeName') !== node) return false
        const why = whyNamed(policy, accountOf(spec, namespace), 'Pods')
        return namespace === own.namespace || why !== undefined
      })
      if (isThere) return `it leads into Pods of ${namespace} that run on the node`
    }
    return undefined
  },
}

function accountOf(spec: Json | undefined, namespace: string) {
  if (!isJsonObject(spec)) return { namespace, name: '' }
  const names = ['serviceAccountName', 'serviceAccount'].map((key) => stringAt(spec, key) ?? '')
  return { namespace, name: names.find((name) => name !== '') ?? 'default' }
}
