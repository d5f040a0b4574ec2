import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import type { Circumstances } from '../../../src/core/decision/case.ts'
import type { Decision } from '../../../src/core/decision/decision.ts'
import { evaluate } from '../../../src/core/decision/evaluate.ts'
import { noBreakGlass } from '../../fakes/grants.ts'
import { request } from '../../fakes/requests.ts'
import {
  groundOf,
  kustomizeController,
  labelled,
  settings,
  type Scene,
  type SceneGround,
} from '../provenance/engine-ground.ts'
import { own } from './deciding.ts'

/** All that a decision about an engine's write is made from. */
function circumstancesOf(ground: SceneGround): Circumstances & SceneGround {
  return {
    ...ground,
    policyHash: 'sha256:p',
    clusterUid: 'cluster-1',
    digestKey: new Uint8Array(32),
    own,
    breakGlass: noBreakGlass,
  }
}

/** A write of kustomize-controller: the ConfigMap as Flux creates it, with parts replaced. */
export function engineRequest(changes: Partial<AdmissionRequest> = {}): AdmissionRequest {
  const { operation = 'CREATE' } = changes
  const object = operation === 'DELETE' ? null : labelled(settings)
  const oldObject = operation === 'CREATE' ? null : labelled(settings)
  return request({ user: kustomizeController, object, oldObject, ...changes })
}

export function decideIn(
  ground: SceneGround,
  changes: Partial<AdmissionRequest> = {},
): Promise<Decision> {
  return evaluate(engineRequest(changes), circumstancesOf(ground))
}

/** The reason, and what a denial says. */
export async function verdictOf(changes: Partial<AdmissionRequest> = {}, scene: Scene = {}) {
  const { verdict } = await decideIn(groundOf(scene), changes)
  return verdict.kind === 'allow' ? verdict.reason : `${verdict.reason}: ${verdict.message}`
}
