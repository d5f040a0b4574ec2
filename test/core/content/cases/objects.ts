import type { JsonObject } from '../../../../src/core/manifest/json.ts'

export function pod(spec: JsonObject, metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'case', ...metadata },
    spec: { automountServiceAccountToken: false, ...spec },
  }
}

export const container = { name: 'main', image: 'app:1' }
export const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [container] } }
const selector = { matchLabels: { app: 'x' } }

export function workload(kind: string, spec: JsonObject): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'case' },
    spec: { selector, template, ...spec },
  }
}

export function job(spec: JsonObject, kind = 'Job'): JsonObject {
  const own = {
    template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } },
    ...spec,
  }
  return {
    apiVersion: 'batch/v1',
    kind,
    metadata: { name: 'case' },
    spec: kind === 'Job' ? own : { schedule: '* * * * *', jobTemplate: { spec: own } },
  }
}

export function service(spec: JsonObject): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'case' },
    spec: { ports: [{ port: 80 }], ...spec },
  }
}

export function withSpec(spec: JsonObject): JsonObject {
  return { ...template, spec: { ...template.spec, ...spec } }
}
