import type { AdmissionRequest, Operation } from '../../../src/core/admission/request.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'

interface Given {
  readonly group?: string
  readonly resource?: string
  readonly subresource?: string
  readonly operation?: Operation
  readonly namespace?: string
  readonly name?: string
  readonly old?: JsonObject
  readonly next?: JsonObject
}

/** An update of the Deployment pay/api by alice, where nothing else is said. */
export function write(given: Given): AdmissionRequest {
  const { group = 'apps', resource = 'deployments' } = given
  return {
    uid: 'u',
    kind: { group, version: 'v1', kind: 'Kind' },
    resource: { group, version: 'v1', resource },
    subresource: given.subresource ?? '',
    name: given.name ?? 'api',
    namespace: given.namespace ?? 'pay',
    operation: given.operation ?? 'UPDATE',
    user: { username: 'alice', uid: '', groups: [], extra: new Map() },
    object: given.next ?? null,
    oldObject: given.old ?? null,
    options: null,
    dryRun: false,
  }
}
