import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import type { Engine } from '../../../src/core/engines/engine.ts'
import { engineEvidence } from '../../../src/core/provenance/engine-evidence.ts'
import type { Freshness } from '../../../src/core/provenance/engine-state.ts'
import { apps, groundOf, settings, subjectOf, withStatus, type Scene } from './engine-ground.ts'

export interface Asking extends Scene {
  readonly engine?: Engine['name']
  readonly request?: Partial<AdmissionRequest>
  readonly freshness?: Freshness
  readonly writer?: string
}

export async function ask(asking: Asking = {}) {
  const { engine = 'flux', request = {}, freshness = 'seen', writer = 'flux', ...scene } = asking
  const ground = groundOf(scene)
  const subject = subjectOf(request, writer)
  return engineEvidence(engine, subject, ground, freshness)
}

/** `repository commit plan` of each claim, or the kind of the answer and why. */
export async function said(asking: Asking = {}): Promise<readonly string[]> {
  const evidence = await ask(asking)
  if (evidence.kind === 'refused') return [`${evidence.reason}: ${evidence.why}`]
  if (evidence.kind === 'none') return [`none: ${evidence.why}`]
  return evidence.claims.map(
    ({ repository: name, commit, plan }) => `${name} ${commit.slice(0, 3)} ${plan?.path ?? ''}`,
  )
}

export const unmarked = { object: settings }
export const idle = withStatus(apps, { lastAttemptedRevision: '' })
