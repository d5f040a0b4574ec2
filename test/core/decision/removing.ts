import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import type { Plan } from '../../../src/core/plans/plan.ts'
import { commitA, commitB, type FakeObject, type FakeRepository } from '../../fakes/git.ts'
import { gitRepository, kustomization } from '../engines/flux/objects.ts'
import {
  apps,
  appsPlan,
  branchMain,
  declares,
  idOf,
  now,
  planOf,
  repository,
  settings,
  source,
  withStatus,
  type Scene,
} from '../provenance/engine-ground.ts'
import { verdictOf } from './engine-deciding.ts'

export const engines = [declares(apps), declares(source)]

/** The head declares these, and its predecessor also the ConfigMap. */
export function after(
  objects: readonly FakeObject[],
  before: readonly FakeObject[] = [...engines, declares(settings, appsPlan)],
  rest: Partial<FakeRepository> = {},
): FakeRepository {
  return repository([], {
    tips: { main: commitB },
    commits: { [commitA]: branchMain, [commitB]: branchMain },
    earlier: { [`main ${commitA}`]: now - 1 },
    declares: { [commitA]: before, [commitB]: objects },
    inForce: [appsPlan],
    ...rest,
  })
}

/** It has attempted the newest commit. */
export const current = withStatus(apps, { lastAttemptedRevision: `main@sha1:${commitB}` })
export const removed = after(engines)
export const live = [current, source]

export function remove(scene: Scene = {}, changes: Partial<AdmissionRequest> = {}) {
  return verdictOf({ operation: 'DELETE', ...changes }, { fleet: removed, live, ...scene })
}

/** Of a Kustomization that declares the same in another place. */
export function otherPlan(): Plan {
  const other = kustomization({ metadata: { name: 'web', namespace: 'flux-system' } })
  return planOf(other, gitRepository())
}

/** As its controller lists what it has made. */
export function withInventory(object: JsonObject, ...made: readonly JsonObject[]): JsonObject {
  const entries = made.map((one) => {
    const { group, kind, namespace, name } = idOf(one)
    return { id: [namespace, name, group, kind].join('_'), v: 'v1' }
  })
  return withStatus(object, { inventory: { entries } })
}
