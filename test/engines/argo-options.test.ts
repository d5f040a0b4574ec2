import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startArgo, told, type ArgoCluster } from './argo-cluster.ts'
import { optionSteps } from './argo-option-steps.ts'
import { orderSteps } from './argo-order-steps.ts'
import { firstFiles } from './argo-plain-steps.ts'
import { take } from './argo-step.ts'

// The same of what an Application may be told, and of Applications that others make.

let argo: ArgoCluster

before(async () => {
  argo = await startArgo(firstFiles)
})
after(() => argo.end())

describe('Argo CD applies', () => {
  const steps = [...orderSteps, ...optionSteps]
  for (const step of steps) test(step.title, () => take(step, argo))
})

test('nothing was refused to Argo CD', () => {
  assert.deepEqual(argo.denied().map(told), [])
})
