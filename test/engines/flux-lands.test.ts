import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startFlux, told, type FluxCluster } from './flux-cluster.ts'
import { fileSteps, firstFiles } from './flux-plain-steps.ts'
import { adoptionSteps } from './flux-adoption-steps.ts'
import { buildSteps } from './flux-build-steps.ts'
import { helmSteps } from './flux-helm-steps.ts'
import { optionSteps } from './flux-option-steps.ts'
import { orderSteps } from './flux-order-steps.ts'
import { tenantSteps } from './flux-tenant-steps.ts'
import { workloadSteps } from './flux-workload-steps.ts'
import { take } from './flux-step.ts'

// Stock Flux and our webhook in `enforce`: whatever is committed lands, and nothing of it is refused.

let flux: FluxCluster

before(async () => {
  flux = await startFlux(firstFiles)
})
after(() => flux.end())

describe('Flux applies', () => {
  const steps = [
    fileSteps,
    workloadSteps,
    buildSteps,
    optionSteps,
    orderSteps,
    helmSteps,
    tenantSteps,
    adoptionSteps,
  ].flat()
  for (const step of steps) test(step.title, () => take(step, flux))
})

test('nothing was refused to Flux', () => {
  assert.deepEqual(flux.denied().map(told), [])
})
