import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import type { AuditRecord } from '../../../src/core/audit/record.ts'
import { recordText } from '../../../src/core/audit/record-text.ts'
import { toRecord } from '../../../src/core/audit/record.ts'
import type { Decision, Verdict } from '../../../src/core/decision/decision.ts'
import { decisionId, digestRequest } from '../../../src/core/decision/fingerprint.ts'
import { changedPaths } from '../../../src/core/manifest/changes.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { formatFieldPath } from '../../../src/core/manifest/field-path.ts'
import type { Provenance } from '../../../src/core/provenance/proof.ts'
import { request } from '../../fakes/requests.ts'

const key = new Uint8Array(32).fill(7)
const noon = Date.UTC(2026, 7, 23, 12)

export const proven: Provenance = {
  repository: 'fleet',
  commit: 'c'.repeat(40),
  path: 'prod/a.yaml:1',
  evidence: 'annotation',
}

const humanDenied: Verdict = {
  kind: 'deny',
  reason: 'HumanWrite',
  rule: undefined,
  provenance: undefined,
  message: 'spec.replicas is 5',
  paths: ['spec.replicas'],
}

/** As `evaluate` makes one of this request. */
export function decision(asked: AdmissionRequest, changes: Partial<Decision> = {}): Decision {
  const digests = digestRequest(asked, key)
  return {
    id: decisionId('cluster-1', digests.fingerprint, noon),
    verdict: humanDenied,
    mode: 'enforce',
    allowed: false,
    identity: 'human',
    changed: changedPaths(asked.oldObject ?? undefined, asked.object ?? undefined)
      .map(formatFieldPath)
      .slice(0, 20),
    policy: `sha256:${'1'.repeat(64)}`,
    ...digests,
    ...changes,
  }
}

export function record(
  changes: Partial<AdmissionRequest> = {},
  decided: Partial<Decision> = {},
): AuditRecord {
  const asked = request(changes)
  const made = decision(asked, decided)
  return toRecord({
    request: asked,
    decision: made,
    digests: made,
    time: new Date(noon).toISOString(),
    cluster: 'cluster-1',
    latencyMs: 7.04,
    config: `sha256:${'2'.repeat(64)}`,
    peer: 'AB:CD',
  })
}

/** As a reader finds it. */
export function written(one: AuditRecord): JsonObject {
  return JSON.parse(recordText(one)) as JsonObject
}
