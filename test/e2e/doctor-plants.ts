// What somebody has left in a cluster, each of it to be found by `doctor`.

const rbac = 'rbac.authorization.k8s.io'
const subject = (name: string) => [{ kind: 'User', apiGroup: rbac, name }]
const role = (name: string, rule: object) => ({
  apiVersion: `${rbac}/v1`,
  kind: 'ClusterRole',
  metadata: { name },
  rules: [rule],
})
const roleRef = (name: string) => ({ apiGroup: rbac, kind: 'ClusterRole', name })

export const plants: readonly object[] = [
  role('planted-forger', { apiGroups: [''], resources: ['users'], verbs: ['impersonate'] }),
  {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'planted-forger' },
    roleRef: roleRef('planted-forger'),
    subjects: subject('bob'),
  },
  role('planted-minter', {
    apiGroups: [''],
    resources: ['serviceaccounts/token'],
    verbs: ['create'],
  }),
  {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'planted-minter', namespace: 'ci' },
    roleRef: roleRef('planted-minter'),
    subjects: subject('dave'),
  },
  // The same where no writer is: of no use to anybody.
  {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'planted-minter', namespace: 'default' },
    roleRef: roleRef('planted-minter'),
    subjects: subject('erin'),
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'planted-injector' },
    webhooks: [
      {
        name: 'inject.example.com',
        clientConfig: { url: 'https://127.0.0.1:1/' },
        rules: [
          { apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] },
        ],
        failurePolicy: 'Ignore',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        timeoutSeconds: 1,
      },
    ],
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'planted-refuser' },
    spec: {
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['solewriter.dev'],
            apiVersions: ['*'],
            resources: ['*/*'],
            operations: ['UPDATE'],
          },
        ],
      },
      validations: [{ expression: 'false' }],
    },
  },
  // Of nothing that is served, and yet the log would have its words for ours.
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'writes.solewriter.dev' },
    spec: {
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['example.com'],
            apiVersions: ['*'],
            resources: ['*'],
            operations: ['CREATE'],
          },
        ],
      },
      auditAnnotations: [{ key: 'decision-id', valueExpression: "'any'" }],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'planted-refuser' },
    spec: { policyName: 'planted-refuser', validationActions: ['Deny'] },
  },
]

/** A guard that looks like ours and says yes to everybody. */
export function loosened(shipped: readonly { readonly kind: string }[]): object {
  const guard = shipped.find(({ kind }) => kind === 'ValidatingAdmissionPolicy') as unknown as {
    readonly spec: object
  }
  return { ...guard, spec: { ...guard.spec, validations: [{ expression: 'true' }] } }
}
