import { created } from '../../exceptions/table/fields.ts'
import { finalizersOf, statusOf } from './bookkeeping.ts'
import type { Preset, PresetAccount, PresetDerived } from './preset.ts'

const kubeSystem = { namespace: 'kube-system' } as const
const group = 'cert-manager.io'
const acme = 'acme.cert-manager.io'
const namespaced = [
  `certificates.${group}`,
  `certificaterequests.${group}`,
  `issuers.${group}`,
  `orders.${acme}`,
  `challenges.${acme}`,
]
const children = created(
  'metadata.annotations',
  'metadata.labels',
  'metadata.ownerReferences',
  'spec',
)

const entries = [
  'metadata.annotations',
  'metadata.labels',
  'data["ca.crt"]',
  'data["tls.crt"]',
  'data["tls.key"]',
]

function election(name: string): PresetAccount['allow'][number] {
  return {
    resources: ['leases.coordination.k8s.io'],
    operations: ['CREATE', 'UPDATE'],
    fields: created('spec'),
    where: kubeSystem,
    names: [name],
    reason: 'elects a leader, in kube-system by default',
  }
}

/** The chain of an ACME order: each is owned by the one before it. */
function owned(suffix: string, owner: readonly [group: string, kind: string], resource: string) {
  return {
    suffix,
    parent: { by: 'ownerReference', group: owner[0], kind: owner[1] },
    allow: [
      { resources: [resource], operations: ['CREATE', 'UPDATE', 'DELETE'], fields: children },
    ],
    reason: `gets what its ${owner[1]} asks for`,
  } as const satisfies PresetDerived
}

const controller: PresetAccount = {
  account: 'cert-manager',
  allow: [
    election('cert-manager-controller'),
    statusOf(namespaced),
    statusOf([`clusterissuers.${group}`], 'cluster'),
    finalizersOf(
      [`challenges.${acme}`],
      ['acme.cert-manager.io/finalizer', 'finalizer.acme.cert-manager.io'],
    ),
    {
      resources: ['secrets'],
      operations: ['CREATE'],
      fields: created(...entries, 'metadata.ownerReferences', 'type'),
      where: 'every-namespace',
      reason: 'keeps keys and certificates, and the keys of ACME accounts, and nothing else',
    },
    {
      resources: ['secrets'],
      operations: ['UPDATE'],
      fields: entries,
      where: 'every-namespace',
      reason: 'renews them, and touches no other entry of a Secret',
    },
  ],
  derived: [
    owned('requests', [group, 'Certificate'], `certificaterequests.${group}`),
    owned('orders', [group, 'CertificateRequest'], `orders.${acme}`),
    owned('challenges', [acme, 'Order'], `challenges.${acme}`),
    owned('ingress-certificates', ['networking.k8s.io', 'Ingress'], `certificates.${group}`),
    owned(
      'gateway-certificates',
      ['gateway.networking.k8s.io', 'Gateway'],
      `certificates.${group}`,
    ),
    {
      suffix: 'keys',
      parent: { by: 'ownerReference', group, kind: 'Certificate' },
      allow: [{ resources: ['secrets'], operations: ['DELETE'] }],
      reason: 'drops the key of a certificate that is not issued yet',
    },
    {
      suffix: 'solvers',
      parent: { by: 'ownerReference', group: acme, kind: 'Challenge' },
      allow: [
        {
          resources: ['pods', 'services', 'ingresses.networking.k8s.io'],
          operations: ['CREATE', 'UPDATE', 'DELETE'],
          fields: created(
            'metadata.annotations',
            'metadata.labels',
            'metadata.ownerReferences',
            'spec',
            'status',
          ),
        },
      ],
      reason: 'answers HTTP-01 challenges',
    },
  ],
}

export const certManager: Preset = {
  name: 'cert-manager',
  install: 'cert-manager 1, as its manifests and its chart with the release `cert-manager` make it',
  namespace: 'cert-manager',
  accounts: [
    controller,
    {
      account: 'cert-manager-cainjector',
      allow: [
        election('cert-manager-cainjector-leader-election'),
        {
          resources: ['customresourcedefinitions.apiextensions.k8s.io'],
          operations: ['UPDATE'],
          fields: ['spec.conversion.webhook.clientConfig.caBundle'],
          where: 'cluster',
          reason: 'tells the API server whom to trust for conversions',
        },
        {
          resources: ['apiservices.apiregistration.k8s.io'],
          operations: ['UPDATE'],
          fields: ['spec.caBundle'],
          where: 'cluster',
          reason: 'tells the API server whom to trust behind an API group',
        },
      ],
    },
    {
      account: 'cert-manager-webhook',
      allow: [
        {
          resources: ['secrets'],
          operations: ['CREATE', 'UPDATE'],
          fields: created('metadata.annotations', 'metadata.labels', 'data', 'type'),
          where: 'install',
          names: ['cert-manager-webhook-ca'],
          reason: 'keeps the authority of its own certificate',
        },
      ],
    },
  ],
}
