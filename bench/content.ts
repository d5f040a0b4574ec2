import { parseJson } from '../src/core/admission/parse-json.ts'
import type { AdmissionRequest } from '../src/core/admission/request.ts'
import { parseReview } from '../src/core/admission/review.ts'
import { builtInKind } from '../src/core/content/catalogue.ts'
import { checkContent } from '../src/core/content/check.ts'
import { isJsonObject, type JsonObject } from '../src/core/manifest/json.ts'
import { parsePolicy } from '../src/core/policy/parse.ts'
import { median } from './measure.ts'

// `node bench/content.ts`: what it costs to compare a Deployment of 10 KB with its declaration, against
// parsing its review once more, in turns.

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

const policy = parsePolicy(policyText, 'bench')
const position = builtInKind({ group: 'apps', version: 'v1', kind: 'Deployment' })
if (policy.kind === 'invalid' || position === undefined)
  throw new Error('the benchmark is not good')
const schema = { position, keepsStatus: true }
const declared = deployment('registry.example.com/api:2', false)
const next = deployment('registry.example.com/api:2', true)
const old = deployment('registry.example.com/api:1', true)

for (const [title, body] of [
  ['CREATE', reviewOf(next, null)],
  ['UPDATE', reviewOf(next, old)],
] as const) {
  const parsed = parseJson(body)
  if (!isJsonObject(parsed)) throw new Error('a review is no object')
  const request: AdmissionRequest = parseReview(parsed)
  const compare = () => checkContent({ request, declared, schema, policy: policy.policy })
  const found = compare()
  if (found.length > 0) throw new Error(`not explained: ${JSON.stringify(found[0]?.path)}`)
  const times = { parse: [] as number[], compare: [] as number[] }
  for (let round = 0; round < 40; round += 1) {
    const parse = microseconds(() => parseJson(body), 200)
    const compared = microseconds(compare, 200)
    if (round < 10) continue
    times.parse.push(parse)
    times.compare.push(compared)
  }
  const ratio = median(times.compare) / median(times.parse)
  const size = `${(body.length / 1024).toFixed(0)} KB`
  const shown = `${median(times.compare).toFixed(0)} us, parsing ${median(times.parse).toFixed(0)} us`
  console.log(
    `${title}, review of ${size}: comparing ${shown}: ${ratio.toFixed(2)} times (at most 1)`,
  )
}
