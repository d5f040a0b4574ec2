import type { Json, JsonObject } from '../../../../src/core/manifest/json.ts'
import type { DependentCase } from './case.ts'

export const limitRangeCases: readonly DependentCase[] = [
  inLimitRange({ type: 'Container', max: { cpu: '2' } }, ['default'], { cpu: '2' }),
  inLimitRange({ type: 'Container', max: { cpu: '2' } }, ['defaultRequest'], { cpu: '2' }),
  inLimitRange({ type: 'Pod', max: { cpu: '2' } }, ['default'], undefined),
  inLimitRange({ type: 'Container', min: { cpu: '1' } }, ['defaultRequest'], { cpu: '1' }),
  inLimitRange({ type: 'Container', min: { cpu: '1' } }, ['default'], undefined),
  inLimitRange(
    { type: 'Container', max: { cpu: '2' }, default: { memory: '1Gi' } },
    ['default', 'cpu'],
    '2',
  ),
  inLimitRange(
    {
      type: 'Container',
      min: { memory: '1Gi' },
      max: { cpu: '2' },
      defaultRequest: { memory: '2Gi' },
    },
    ['defaultRequest', 'cpu'],
    '2',
  ),
]

function inLimitRange(
  item: JsonObject,
  where: readonly [string, string?],
  expected: Json | undefined,
): DependentCase {
  const [first, second] = where
  return {
    title: `a LimitRange with ${JSON.stringify(item)}: ${where.join('.')}`,
    object: {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'case' },
      spec: { limits: [item] },
    },
    path: ['spec', 'limits', 0, ...(second === undefined ? [] : [first])],
    field: second ?? first,
    expected,
  }
}
