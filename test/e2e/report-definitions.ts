// The schemas of PolicyReport (wgpolicyk8s.io/v1alpha2) and of OpenReports (openreports.io/v1alpha1), as
// far as a report without selectors goes: both have the same fields. None of them keeps unknown ones, so
// that a server-side apply with a wrong name is refused.

const text = { type: 'string' }
const count = { type: 'integer' }
const outcomes = ['pass', 'fail', 'warn', 'error', 'skip']

const reference = {
  type: 'object',
  'x-kubernetes-map-type': 'atomic',
  properties: {
    apiVersion: text,
    kind: text,
    namespace: text,
    name: text,
    uid: text,
    resourceVersion: text,
    fieldPath: text,
  },
}

const result = {
  type: 'object',
  required: ['policy'],
  properties: {
    source: text,
    policy: text,
    rule: text,
    category: text,
    severity: { ...text, enum: ['critical', 'high', 'low', 'medium', 'info'] },
    timestamp: {
      type: 'object',
      required: ['nanos', 'seconds'],
      properties: {
        seconds: { ...count, format: 'int64' },
        nanos: { ...count, format: 'int32' },
      },
    },
    result: { ...text, enum: outcomes },
    scored: { type: 'boolean' },
    resources: { type: 'array', items: reference },
    message: text,
    properties: { type: 'object', additionalProperties: text },
  },
}

const schema = {
  type: 'object',
  properties: {
    apiVersion: text,
    kind: text,
    metadata: { type: 'object' },
    scope: reference,
    summary: {
      type: 'object',
      properties: Object.fromEntries(outcomes.map((outcome) => [outcome, count])),
    },
    results: { type: 'array', items: result },
  },
}

function definition(group: string, version: string, kind: string): object {
  const plural = `${kind.toLowerCase()}s`
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: kind.startsWith('Cluster') ? 'Cluster' : 'Namespaced',
      names: { kind, plural },
      versions: [
        { name: version, served: true, storage: true, schema: { openAPIV3Schema: schema } },
      ],
    },
  }
}

export const policyReports = ['PolicyReport', 'ClusterPolicyReport'].map((kind) =>
  definition('wgpolicyk8s.io', 'v1alpha2', kind),
)

export const openReports = ['Report', 'ClusterReport'].map((kind) =>
  definition('openreports.io', 'v1alpha1', kind),
)
