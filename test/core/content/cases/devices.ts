import type { JsonObject } from '../../../../src/core/manifest/json.ts'
import type { DependentCase } from './case.ts'

export function deviceCases(): readonly DependentCase[] {
  const deviceClassName = 'gpu'
  const all = { deviceClassName, allocationMode: 'All' }
  const alternatives = { firstAvailable: [{ name: 'b', deviceClassName }] }
  const exactly = ['spec', 'devices', 'requests', 0, 'exactly']
  const request = ['spec', 'devices', 'requests', 0]
  const alternative = [...request, 'firstAvailable', 0]
  return [
    ...['v1', 'v1beta2'].flatMap((version) => [
      device(
        version,
        { exactly: { deviceClassName } },
        { path: exactly, field: 'count', expected: 1 },
      ),
      device(version, { exactly: all }, { path: exactly, field: 'count', expected: undefined }),
      device(version, alternatives, { path: alternative, field: 'count', expected: 1 }),
    ]),
    device('v1beta1', { deviceClassName }, { path: request, field: 'count', expected: 1 }),
    device(
      'v1beta1',
      { deviceClassName },
      { path: request, field: 'allocationMode', expected: 'ExactCount' },
    ),
    device('v1beta1', all, { path: request, field: 'count', expected: undefined }),
    device('v1beta1', alternatives, {
      path: request,
      field: 'allocationMode',
      expected: undefined,
    }),
    device('v1beta1', alternatives, { path: request, field: 'count', expected: undefined }),
    device('v1beta1', alternatives, { path: alternative, field: 'count', expected: 1 }),
  ]
}

function device(
  version: string,
  request: JsonObject,
  where: Pick<DependentCase, 'path' | 'field' | 'expected'>,
): DependentCase {
  return {
    title: `a request for devices in ${version} with ${JSON.stringify(request)}: ${where.field}`,
    object: {
      apiVersion: `resource.k8s.io/${version}`,
      kind: 'ResourceClaim',
      metadata: { name: 'case' },
      spec: { devices: { requests: [{ name: 'a', ...request }] } },
    },
    ...where,
  }
}
