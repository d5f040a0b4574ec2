import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startArgo, told, type ArgoCluster } from './argo-cluster.ts'
import { fileSteps, firstFiles } from './argo-plain-steps.ts'
import { helmSteps, kustomizeSteps } from './argo-source-steps.ts'
import { take } from './argo-step.ts'
import { workloadSteps } from './argo-workload-steps.ts'

// Stock Argo CD and our webhook in `enforce`: whatever is committed lands, and nothing of it is refused.

let argo: ArgoCluster

before(async () => {
  argo = await startArgo(firstFiles)
})
after(() => argo.end())

describe('Argo CD applies', () => {
  const steps = [...fileSteps, ...workloadSteps, ...kustomizeSteps, ...helmSteps]
  for (const step of steps) test(step.title, () => take(step, argo))
})

test('nothing was refused to Argo CD', () => {
  assert.deepEqual(argo.denied().map(told), [])
})
