import { compareContent } from '../../../src/core/content/compare.ts'
import type { Rules } from '../../../src/core/content/explanations.ts'
import { keptByServer } from '../../../src/core/content/kept-by-server.ts'
import { formatFieldPath } from '../../../src/core/manifest/field-path.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { workload } from './schemas.ts'

// A workload of schemas.ts, as Git declares it and as the API server stores it.

export const app = { name: 'app', image: 'app:1' }
export const declared = object({ containers: [app] })

export function object(spec: JsonObject, metadata: JsonObject = {}): JsonObject {
  return { apiVersion: 'v1', kind: 'Workload', metadata: { name: 'a', ...metadata }, spec }
}

/** As the API server stores it. */
export function stored(spec: JsonObject, metadata: JsonObject = {}): JsonObject {
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } }
  const full = object({ replicas: 1, strategy, ...spec }, { uid: 'u', ...metadata })
  return { ...full, status: { phase: 'New' } }
}

export function container(changes: JsonObject = {}): JsonObject {
  return { ...app, imagePullPolicy: 'IfNotPresent', resources: {}, ...changes }
}

export function differences(
  next: JsonObject,
  from: { old?: JsonObject; declared?: JsonObject; rules?: Partial<Rules> } = {},
): readonly string[] {
  const said = from.declared ?? declared
  const rules: Rules = {
    position: workload,
    declared: said,
    isIgnored: keptByServer(true, 'v1 Workload'),
    dependentDefault: () => undefined,
    dependentFields: () => [],
    assigned: () => undefined,
    bookkeeping: () => undefined,
    tolerations: [],
    ...from.rules,
  }
  return compareContent({ old: from.old, next, declared: said }, rules).map(
    ({ kind, path }) => `${kind} ${formatFieldPath(path)}`,
  )
}

export const plain = stored({ containers: [container()] })
