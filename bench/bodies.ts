/** Reviews as an API server sends them for kubectl: an UPDATE with both objects and managedFields. */
export const bodyNames = ['2 KB', '20 KB', '1 MB'] as const
export type BodyName = (typeof bodyNames)[number]

const human = 'alice'

export function makeBodies(): Readonly<Record<BodyName, string>> {
  return {
    '2 KB': reviewOf(configMap(8, 60), { operation: 'CREATE', resource: 'configmaps' }),
    '20 KB': reviewOf(deployment(7), { operation: 'UPDATE', resource: 'deployments' }),
    '1 MB': reviewOf(configMap(200, 2400), { operation: 'UPDATE', resource: 'configmaps' }),
  }
}

interface Subject {
  readonly operation: 'CREATE' | 'UPDATE'
  readonly resource: 'configmaps' | 'deployments'
}

function reviewOf(object: { readonly kind: string; readonly metadata: object }, subject: Subject) {
  const group = subject.resource === 'deployments' ? 'apps' : ''
  const kind = { group, version: 'v1', kind: object.kind }
  const resource = { group, version: 'v1', resource: subject.resource }
  const review = {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: '0df28fbd-5f5f-11e8-bc74-36e6bb280816',
      kind,
      resource,
      requestKind: kind,
      requestResource: resource,
      name: 'api',
      namespace: 'pay',
      operation: subject.operation,
      userInfo: {
        username: human,
        groups: ['sre-oncall', 'system:authenticated'],
        extra: { 'authentication.kubernetes.io/credential-id': ['X509SHA256=6a1f0c57b2'] },
      },
      object,
      oldObject: subject.operation === 'UPDATE' ? changed(object) : null,
      dryRun: false,
      options: { kind: 'UpdateOptions', apiVersion: 'meta.k8s.io/v1', fieldManager: 'kubectl' },
    },
  }
  // Go's encoder escapes these three.
  return JSON.stringify(review)
    .replaceAll('<', '\\u003c')
    .replaceAll('>', '\\u003e')
    .replaceAll('&', '\\u0026')
}

function changed<T extends { readonly metadata: object }>(object: T): T {
  return {
    ...object,
    metadata: { ...object.metadata, resourceVersion: '100411', generation: 6, labels: {} },
  }
}

function metadata(fields: object) {
  return {
    name: 'api',
    namespace: 'pay',
    uid: 'a1f6b0f8-6c11-4f0e-8e55-2d6f4f3c9b10',
    resourceVersion: '100412',
    generation: 7,
    creationTimestamp: '2026-03-01T09:12:44Z',
    labels: { app: 'api', 'app.kubernetes.io/part-of': 'payments' },
    annotations: { 'solewriter.dev/repo': 'fleet', note: 'reads < 5 & writes > 3' },
    managedFields: [
      {
        manager: 'kubectl-client-side-apply',
        operation: 'Update',
        apiVersion: 'v1',
        time: '2026-03-01T09:12:44Z',
        fieldsType: 'FieldsV1',
        fieldsV1: fields,
      },
    ],
  }
}

function configMap(keys: number, length: number) {
  const names = Array.from({ length: keys }, (_, index) => `settings-${String(index)}.yaml`)
  const line = 'retries: 3 # as agreed\n"quoted": true\n'
  const text = line.repeat(Math.ceil(length / line.length)).slice(0, length)
  return {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: metadata({ 'f:data': Object.fromEntries(names.map((name) => [`f:${name}`, {}])) }),
    data: Object.fromEntries(names.map((name) => [name, text])),
  }
}

function deployment(containers: number) {
  const list = Array.from({ length: containers }, (_, index) => container(index))
  const owned = list.map(
    ({ name, env }) =>
      [
        `k:{"name":"${name}"}`,
        {
          '.': {},
          'f:image': {},
          'f:env': Object.fromEntries(
            env.map((each) => [
              `k:{"name":"${each.name}"}`,
              { '.': {}, 'f:name': {}, 'f:value': {} },
            ]),
          ),
        },
      ] as const,
  )
  return {
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    metadata: metadata({
      'f:spec': { 'f:template': { 'f:containers': Object.fromEntries(owned) } },
    }),
    spec: {
      replicas: 5,
      selector: { matchLabels: { app: 'api' } },
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
      },
      template: { metadata: { labels: { app: 'api' } }, spec: { containers: list } },
    },
    status: { observedGeneration: 7, replicas: 5, readyReplicas: 5, updatedReplicas: 5 },
  }
}

function container(index: number) {
  return {
    name: `worker-${String(index)}`,
    image: `registry.example.com/payments/worker:1.${String(index)}.0`,
    args: ['--listen=:8080', '--config=/etc/worker/config.yaml'],
    env: Array.from({ length: 6 }, (_, at) => ({
      name: `SETTING_${String(at)}`,
      value: `value-${String(at)}`,
    })),
    ports: [{ name: 'http', containerPort: 8080 + index, protocol: 'TCP' }],
    resources: {
      limits: { cpu: '500m', memory: '256Mi' },
      requests: { cpu: '100m', memory: '128Mi' },
    },
    livenessProbe: {
      httpGet: { path: '/healthz', port: 'http', scheme: 'HTTP' },
      periodSeconds: 10,
    },
    terminationMessagePath: '/dev/termination-log',
    imagePullPolicy: 'IfNotPresent',
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
  }
}
