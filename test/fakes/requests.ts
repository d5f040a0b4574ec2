import type { AdmissionRequest, UserInfo } from '../../src/core/admission/request.ts'
import type { JsonObject } from '../../src/core/manifest/json.ts'

export const alice: UserInfo = {
  username: 'alice',
  uid: '',
  groups: ['sre-oncall', 'system:authenticated'],
  extra: new Map([['authentication.kubernetes.io/credential-id', ['X509SHA256=abc']]]),
}

/** A token of a service account as TokenRequest makes it. */
export function account(namespace: string, name: string, pod?: string): UserInfo {
  const key = (part: string) => `authentication.kubernetes.io/${part}`
  const bound: [string, string[]][] =
    pod === undefined
      ? []
      : [
          [key('pod-name'), [pod]],
          [key('pod-uid'), ['8a1f']],
        ]
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    uid: '0b1c',
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
    extra: new Map([[key('credential-id'), ['JTI=1']], ...bound]),
  }
}

export const deployer = account('ci', 'deployer')

export function configMap(
  annotations: Readonly<Record<string, string>> = {},
  data: JsonObject = { a: '1' },
): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'pay', annotations, uid: 'u1', resourceVersion: '7' },
    data,
  }
}

/** A ConfigMap `pay/settings` that alice creates, with parts replaced. */
export function request(changes: Partial<AdmissionRequest> = {}): AdmissionRequest {
  return {
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
    kind: { group: '', version: 'v1', kind: 'ConfigMap' },
    resource: { group: '', version: 'v1', resource: 'configmaps' },
    subresource: '',
    name: 'settings',
    namespace: 'pay',
    operation: 'CREATE',
    user: alice,
    object: changes.operation === 'DELETE' ? null : configMap(),
    oldObject:
      changes.operation === 'UPDATE' || changes.operation === 'DELETE' ? configMap() : null,
    options: null,
    dryRun: false,
    ...changes,
  }
}
