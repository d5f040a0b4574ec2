import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { serviceQuality } from '../../../src/core/content/service-quality.ts'
import type { Json, JsonObject } from '../../../src/core/manifest/json.ts'

function pod(...resources: readonly Json[]): JsonObject {
  return { spec: { containers: resources.map((one) => ({ resources: one })) } }
}

const some = { cpu: '1', memory: '1Gi' }

describe('the quality of service of a Pod', () => {
  const cases: readonly (readonly [string, JsonObject, string])[] = [
    ['nothing asked', pod({}), 'BestEffort'],
    ['nothing at all', {}, 'BestEffort'],
    ['none asked', pod({ requests: { cpu: '0' } }), 'BestEffort'],
    ['something else asked', pod({ requests: { 'example.com/gpu': 1 } }), 'BestEffort'],
    ['as much as it may have', pod({ requests: some, limits: some }), 'Guaranteed'],
    [
      'in another spelling',
      pod({ requests: { cpu: '1000m', memory: '1024Mi' }, limits: some }),
      'Guaranteed',
    ],
    ['limits alone', pod({ limits: some }), 'Burstable'],
    [
      'less than it may have',
      pod({ requests: { ...some, cpu: '500m' }, limits: some }),
      'Burstable',
    ],
    ['one without limits', pod({ requests: some, limits: some }, {}), 'Burstable'],
    [
      'one resource without a limit',
      pod({ requests: { cpu: 1 }, limits: { cpu: 1 } }),
      'Burstable',
    ],
    [
      'an init container',
      {
        spec: {
          ...(pod({ requests: some, limits: some })['spec'] as JsonObject),
          initContainers: [{}],
        },
      },
      'Burstable',
    ],
    [
      'the Pod as a whole',
      { spec: { resources: { requests: some, limits: some }, containers: [{}] } },
      'Guaranteed',
    ],
  ]
  for (const [title, object, expected] of cases) {
    it(`${expected}: ${title}`, () => assert.equal(serviceQuality(object), expected))
  }
})
