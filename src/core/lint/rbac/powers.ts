import { anySubresource, type Access } from './access.ts'

const powerNames = [
  'everything',
  'impersonate',
  'escalate',
  'bind',
  'admission',
  'tokens',
  'secrets',
  'certificates',
  'nodes-proxy',
  'unsafe-delete',
  'pods',
  'own-namespace',
  'own-records',
] as const
export type PowerName = (typeof powerNames)[number]

type Ask = Pick<Access, 'verb' | 'group' | 'resource' | 'subresource'>

/** What somebody could become a writer by, undo us by, or write past us by. */
export interface Power {
  readonly name: PowerName
  /** After `may`. */
  readonly does: string
  readonly why: string
  readonly fix: string
  /**
   * Where a RoleBinding gives it: nowhere, for what is cluster-scoped; where identities of the policy
   * live; or where we live.
   */
  readonly where: 'cluster' | 'identities' | 'own'
  /** One of them is enough. */
  readonly asks: readonly Ask[]
  readonly severity: 'problem' | 'warning'
}

const writes = ['create', 'update', 'patch', 'delete', 'deletecollection']
const changes = ['create', 'update', 'patch']
const narrower = 'Take the rule out of the role, or bind the subject to a narrower one.'

export const everything: Power = {
  name: 'everything',
  does: 'do everything',
  why: 'that includes to impersonate anybody, uids and userextras too, and to remove what guards the cluster',
  fix: 'Give people roles without impersonate, escalate and bind; keep cluster-admin for one sealed group.',
  where: 'cluster',
  asks: [ask('*', '*', '*', '')],
  severity: 'warning',
}

export const powers: readonly Power[] = [
  {
    name: 'impersonate',
    does: 'impersonate',
    why: 'whoever may impersonate uids and userextras looks like a writer in every detail',
    fix: narrower,
    where: 'identities',
    asks: [
      ask('impersonate', '', 'users'),
      ask('impersonate', '', 'groups'),
      ask('impersonate', '', 'serviceaccounts'),
      ask('impersonate', 'authentication.k8s.io', 'uids'),
      ask('impersonate', 'authentication.k8s.io', 'userextras', anySubresource),
      ask('impersonate:user-info', 'authentication.k8s.io', 'users'),
      ask('impersonate:user-info', 'authentication.k8s.io', 'groups'),
      ask('impersonate:user-info', 'authentication.k8s.io', 'uids'),
      ask('impersonate:user-info', 'authentication.k8s.io', 'userextras', anySubresource),
      ask('impersonate:serviceaccount', 'authentication.k8s.io', 'serviceaccounts'),
      ask('impersonate:arbitrary-node', 'authentication.k8s.io', 'nodes'),
      ask('impersonate:associated-node', 'authentication.k8s.io', 'nodes'),
    ],
    severity: 'problem',
  },
  {
    name: 'escalate',
    does: 'escalate',
    why: 'a role may then give what its author does not have, impersonate included',
    fix: narrower,
    where: 'identities',
    asks: ['roles', 'clusterroles'].map((resource) => ask('escalate', rbac(), resource)),
    severity: 'problem',
  },
  {
    name: 'bind',
    does: 'bind',
    why: 'any role may then be given to anybody, cluster-admin included',
    fix: narrower,
    where: 'identities',
    asks: ['roles', 'clusterroles'].map((resource) => ask('bind', rbac(), resource)),
    severity: 'problem',
  },
  {
    name: 'admission',
    does: 'change admission:',
    why: 'no webhook is asked about these objects: whoever writes them can remove us',
    fix: narrower,
    where: 'cluster',
    asks: [
      'validatingwebhookconfigurations',
      'mutatingwebhookconfigurations',
      'validatingadmissionpolicies',
      'validatingadmissionpolicybindings',
      'mutatingadmissionpolicies',
      'mutatingadmissionpolicybindings',
    ].flatMap((resource) =>
      writes.map((verb) => ask(verb, 'admissionregistration.k8s.io', resource)),
    ),
    severity: 'problem',
  },
  {
    name: 'tokens',
    does: 'ask for tokens:',
    why: 'with a token of a writer one is that writer',
    fix: narrower,
    where: 'identities',
    asks: [ask('create', '', 'serviceaccounts', 'token')],
    severity: 'problem',
  },
  {
    name: 'secrets',
    does: 'read Secrets:',
    why: 'a Secret may hold a token or a key of a writer',
    fix: narrower,
    where: 'identities',
    asks: ['get', 'list', 'watch'].map((verb) => ask(verb, '', 'secrets')),
    severity: 'problem',
  },
  {
    name: 'certificates',
    does: 'approve or sign certificates:',
    why: 'a certificate may carry any name, that of a component of the control plane included',
    fix: narrower,
    where: 'cluster',
    asks: [
      ask('approve', 'certificates.k8s.io', 'signers'),
      ask('sign', 'certificates.k8s.io', 'signers'),
      ...['update', 'patch'].flatMap((verb) => [
        ask(verb, 'certificates.k8s.io', 'certificatesigningrequests', 'approval'),
        ask(verb, 'certificates.k8s.io', 'certificatesigningrequests', 'status'),
      ]),
    ],
    severity: 'problem',
  },
  {
    name: 'nodes-proxy',
    does: 'reach kubelets:',
    why: 'commands in any container, those of writers included, and no webhook sees what goes straight to the kubelet',
    fix: 'Give nodes/metrics, nodes/stats, nodes/log or nodes/healthz instead.',
    where: 'cluster',
    asks: ['get', 'create', 'update', 'patch', 'delete'].map((verb) =>
      ask(verb, '', 'nodes', 'proxy'),
    ),
    severity: 'problem',
  },
  {
    name: 'unsafe-delete',
    does: 'delete unreadable objects:',
    why: 'such a deletion asks no webhook',
    fix: 'Name the verbs of the role instead of *.',
    where: 'identities',
    asks: [
      ...['secrets', 'configmaps', 'serviceaccounts', 'pods'].map((one) => unsafe('', one)),
      unsafe('apps', 'deployments'),
      unsafe(rbac(), 'clusterroles'),
      unsafe(rbac(), 'clusterrolebindings'),
    ],
    severity: 'warning',
  },
  {
    name: 'pods',
    does: 'start or enter Pods:',
    why: 'a Pod may run as a writer',
    fix: 'Keep writers in a namespace of their own, in which nobody else has rights.',
    where: 'identities',
    asks: [
      ...changes.flatMap((verb) => [
        ask(verb, '', 'pods'),
        ask(verb, '', 'replicationcontrollers'),
        ask(verb, '', 'pods', 'ephemeralcontainers'),
        ...['deployments', 'statefulsets', 'daemonsets', 'replicasets'].map((resource) =>
          ask(verb, 'apps', resource),
        ),
        ...['jobs', 'cronjobs'].map((resource) => ask(verb, 'batch', resource)),
      ]),
      ...['get', 'create'].flatMap((verb) => [
        ask(verb, '', 'pods', 'exec'),
        ask(verb, '', 'pods', 'attach'),
      ]),
    ],
    severity: 'problem',
  },
  {
    name: 'own-namespace',
    does: 'write where solewriter runs:',
    why: 'its policy, its certificates and its Pods are there',
    fix: 'Nobody needs rights in that namespace but who installs solewriter.',
    where: 'own',
    asks: [
      ...writes.flatMap((verb) => [
        ...['configmaps', 'secrets', 'services', 'serviceaccounts', 'endpoints'].map((resource) =>
          ask(verb, '', resource),
        ),
        ask(verb, 'apps', 'statefulsets'),
        ask(verb, 'apps', 'deployments'),
        ask(verb, 'discovery.k8s.io', 'endpointslices'),
        ask(verb, 'coordination.k8s.io', 'leases'),
        ask(verb, rbac(), 'roles'),
        ask(verb, rbac(), 'rolebindings'),
      ]),
      ...['delete', 'deletecollection'].map((verb) => ask(verb, '', 'pods')),
    ],
    severity: 'warning',
  },
  {
    name: 'own-records',
    does: 'write what solewriter keeps:',
    why: 'the state of grants, post-mortems and checkpoints stands there',
    fix: narrower,
    where: 'cluster',
    asks: [
      ...['update', 'patch'].flatMap((verb) =>
        ['breakglassgrants', 'postmortems'].map((resource) =>
          ask(verb, 'solewriter.dev', resource, 'status'),
        ),
      ),
      ...writes.map((verb) => ask(verb, 'solewriter.dev', 'auditcheckpoints')),
      ...['delete', 'deletecollection'].flatMap((verb) =>
        ['breakglassgrants', 'breakglassapprovals', 'postmortems'].map((resource) =>
          ask(verb, 'solewriter.dev', resource),
        ),
      ),
    ],
    severity: 'problem',
  },
]

function ask(verb: string, group: string, resource: string, subresource = ''): Ask {
  return { verb, group, resource, subresource }
}

function unsafe(group: string, resource: string): Ask {
  return ask('unsafe-delete-ignore-read-errors', group, resource)
}

function rbac(): string {
  return 'rbac.authorization.k8s.io'
}
