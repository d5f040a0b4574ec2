/**
 * Reviews as an API server sends them for kubectl: an UPDATE with both objects and managedFields. Of a
 * human, who is refused, and of a writer whose every field is compared with what Git declares.
 */
export const bodyNames = ['2 KB', '20 KB', '1 MB'] as const
export const declaredNames = ['declared 2 KB', 'declared 20 KB', 'declared 1 MB'] as const
export type BodyName = (typeof bodyNames)[number] | (typeof declaredNames)[number]

const human = {
  username: 'alice',
  groups: ['sre-oncall', 'system:authenticated'],
  extra: { 'authentication.kubernetes.io/credential-id': ['X509SHA256=6a1f0c57b2'] },
}
const writer = {
  username: 'system:serviceaccount:ci:deployer',
  uid: '6f0c2a57-8f0e-4a53-9f35-3c1d4a0f6f11',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:ci', 'system:authenticated'],
  extra: { 'authentication.kubernetes.io/credential-id': ['JTI=0c3f7ac2'] },
}

interface Body {
  readonly object: Written
  readonly subject: Omit<Subject, 'user'>
}

interface Written {
  readonly kind: string
  readonly metadata: ReturnType<typeof metadata>
  readonly status?: object
}

const bodies: Readonly<Record<(typeof bodyNames)[number], Body>> = {
  '2 KB': {
    object: configMap('small', 8, 60),
    subject: { operation: 'CREATE', resource: 'configmaps' },
  },
  '20 KB': {
    object: deployment(7),
    subject: { operation: 'UPDATE', resource: 'deployments' },
  },
  '1 MB': {
    object: configMap('large', 200, 2400),
    subject: { operation: 'UPDATE', resource: 'configmaps' },
  },
}

/** `commit` declares them. */
export function makeBodies(commit: string): Readonly<Record<BodyName, string>> {
  const made = bodyNames.flatMap((name) => {
    const { object, subject } = bodies[name]
    const { annotations } = object.metadata
    const claimed = {
      ...object,
      metadata: {
        ...object.metadata,
        annotations: { ...annotations, 'solewriter.dev/commit': commit },
      },
    }
    return [
      [name, reviewOf(claimed, { ...subject, user: human })] as const,
      [`declared ${name}`, reviewOf(claimed, { ...subject, user: writer })] as const,
    ]
  })
  return Object.fromEntries(made) as Record<BodyName, string>
}

/** What they are about, as the files of a repository have it. */
export function declaredManifests(): readonly string[] {
  return bodyNames.map((name) => {
    const { status: _, ...object } = bodies[name].object
    const { name: named, namespace, labels, annotations } = object.metadata
    const { note } = annotations
    return JSON.stringify({
      ...object,
      metadata: { name: named, namespace, labels, annotations: { note } },
    })
  })
}

interface Subject {
  readonly operation: 'CREATE' | 'UPDATE'
  readonly resource: 'configmaps' | 'deployments'
  readonly user: object
}

function reviewOf(object: Omit<Written, 'status'>, subject: Subject) {
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
      name: object.metadata.name,
      namespace: 'pay',
      operation: subject.operation,
      userInfo: subject.user,
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

function metadata(name: string, fields: object) {
  return {
    name,
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

function configMap(name: string, keys: number, length: number) {
  const names = Array.from({ length: keys }, (_, index) => `settings-${String(index)}.yaml`)
  const line = 'retries: 3 # as agreed\n"quoted": true\n'
  const text = line.repeat(Math.ceil(length / line.length)).slice(0, length)
  return {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: metadata(name, {
      'f:data': Object.fromEntries(names.map((name) => [`f:${name}`, {}])),
    }),
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
    metadata: metadata('api', {
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
