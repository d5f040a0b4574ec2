import { isTerminating } from '../../exceptions/conditions/metadata.ts'
import type { JsonObject } from '../../manifest/json.ts'
import type { EngineKind, PlansAnswer } from '../engine.ts'
import { group } from './names.ts'
import { attest } from './operation.ts'
import { readApplication } from './reading.ts'

/**
 * Nothing else is needed: an AppProject only forbids, and Argo CD holds it against what it applies;
 * the account that writes is for whoever asks for identity.
 */
export function applicationKind(install: string): EngineKind {
  return {
    group,
    kind: 'Application',
    needs: () => [],
    plans: (application) => plans(application, install),
    attest: (application, _found, write) =>
      attest(application, readApplication(application, install), write),
  }
}

function plans(application: JsonObject, install: string): PlansAnswer {
  if (isTerminating(application)) return { kind: 'none', why: 'it is being deleted' }
  const reading = readApplication(application, install)
  if (reading.kind !== 'applying') return reading
  return { kind: 'plans', plans: reading.followed.map(({ url, plan }) => ({ url, plan })) }
}
