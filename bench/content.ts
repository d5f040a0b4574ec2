import { parseJson } from '../src/core/admission/parse-json.ts'
import { parseReview } from '../src/core/admission/review.ts'
import { builtInKind } from '../src/core/content/catalogue.ts'
import { checkContent } from '../src/core/content/check.ts'
import { isJsonObject, type JsonObject } from '../src/core/manifest/json.ts'
import { parsePolicy } from '../src/core/policy/parse.ts'
import type { Bar } from './bars.ts'
import { median } from './measure.ts'

// What it costs to compare a Deployment of 10 KB with its declaration, against parsing its review once
// more, in turns.

const policyText = `apiVersion: solewriter.dev/v1alpha1
kind: Policy
metadata: {name: bench}
spec: {}
`

const annotations = { 'solewriter.dev/repo': 'fleet', 'solewriter.dev/commit': 'a'.repeat(40) }

function deployment(image: string, isStored: boolean): JsonObject {
  const kept = (fields: JsonObject): JsonObject => (isStored ? fields : {})
  const container = (name: string) => ({
    name,
    image,
    env: Array.from({ length: 60 }, (_, i) => ({
      name: `SETTING_${i}`,
      value: `a value of usual length, number ${i}`,
    })),
    ports: [{ name: 'http', containerPort: 8080, ...kept({ protocol: 'TCP' }) }],
    resources: { limits: { memory: isStored ? '1Gi' : '1024Mi' }, requests: { cpu: '100m' } },
    readinessProbe: {
      httpGet: { path: '/healthz', port: 'http', ...kept({ scheme: 'HTTP' }) },
      periodSeconds: 5,
      ...kept({ timeoutSeconds: 1, successThreshold: 1, failureThreshold: 3 }),
    },
    ...kept({
      imagePullPolicy: 'IfNotPresent',
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
    }),
  })
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'api',
      namespace: 'pay',
      labels: { app: 'api' },
      ...kept({ annotations, uid: 'u', generation: 1 }),
    },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'api' } },
      template: {
        metadata: { labels: { app: 'api' } },
        spec: {
          containers: [container('api'), container('proxy')],
          ...kept({
            restartPolicy: 'Always',
            terminationGracePeriodSeconds: 30,
            dnsPolicy: 'ClusterFirst',
            securityContext: {},
            schedulerName: 'default-scheduler',
          }),
        },
      },
      ...kept({
        strategy: {
          type: 'RollingUpdate',
          rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' },
        },
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
      }),
    },
    ...kept({ status: {} }),
  }
}

function reviewOf(object: JsonObject, oldObject: JsonObject | null): Buffer {
  return Buffer.from(
    JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: {
        uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
        kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
        resource: { group: 'apps', version: 'v1', resource: 'deployments' },
        name: 'api',
        namespace: 'pay',
        operation: oldObject === null ? 'CREATE' : 'UPDATE',
        userInfo: { username: 'ci', groups: [] },
        object,
        oldObject,
        dryRun: false,
        options: {},
      },
    }),
  )
}

function microseconds(job: () => unknown, times: number): number {
  const startedAt = performance.now()
  for (let i = 0; i < times; i += 1) job()
  return ((performance.now() - startedAt) * 1000) / times
}

export interface ContentResult {
  readonly operation: 'CREATE' | 'UPDATE'
  readonly bytes: number
  readonly compareMicros: number
  readonly parseMicros: number
}

export function measureContent(): readonly ContentResult[] {
  const next = deployment('registry.example.com/api:2', true)
  const old = deployment('registry.example.com/api:1', true)
  return [
    measureReview('CREATE', reviewOf(next, null)),
    measureReview('UPDATE', reviewOf(next, old)),
  ]
}

export function contentBars(results: readonly ContentResult[]): readonly Bar[] {
  return results.map(({ operation, bytes, compareMicros, parseMicros }) => ({
    name: `comparing, ${operation} of ${(bytes / 1024).toFixed(0)} KB`,
    value: compareMicros / parseMicros,
    most: 1,
    unit: 'x parsing',
  }))
}

function measureReview(operation: ContentResult['operation'], body: Buffer): ContentResult {
  const policy = parsePolicy(policyText, 'bench')
  const position = builtInKind({ group: 'apps', version: 'v1', kind: 'Deployment' })
  const parsed = parseJson(body)
  if (policy.kind === 'invalid' || position === undefined || !isJsonObject(parsed)) {
    throw new Error('the benchmark is not good')
  }
  const schema = { position, keepsStatus: true }
  const declared = deployment('registry.example.com/api:2', false)
  const request = parseReview(parsed)
  const compare = () => checkContent({ request, declared, schema, policy: policy.policy })
  const [unexplained] = compare()
  if (unexplained !== undefined) {
    throw new Error(`not explained: ${JSON.stringify(unexplained.path)}`)
  }
  const times = { parse: [] as number[], compare: [] as number[] }
  for (let round = 0; round < 40; round += 1) {
    const parse = microseconds(() => parseJson(body), 200)
    const compared = microseconds(compare, 200)
    if (round < 10) continue
    times.parse.push(parse)
    times.compare.push(compared)
  }
  return {
    operation,
    bytes: body.length,
    compareMicros: median(times.compare),
    parseMicros: median(times.parse),
  }
}
