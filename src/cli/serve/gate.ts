import { randomUUID } from 'node:crypto'
import type { PolicySnapshot } from '../../config/policy-file.ts'
import type { AdmissionRequest } from '../../core/admission/request.ts'
import type { EngineObjects } from '../../core/engines/engine-objects.ts'
import type { AuditRecord } from '../../core/audit/record.ts'
import type { RecordSink } from '../../core/audit/sink.ts'
import { isUrgent } from '../../core/audit/urgent.ts'
import type { Circumstances } from '../../core/decision/case.ts'
import type { Decision } from '../../core/decision/decision.ts'
import type { Policy } from '../../core/policy/schema.ts'
import type { Call, Handle, Refuse } from '../../server/admission.ts'
import { toFailure } from '../../server/refusal.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { handleReview, refuseReview, type Keep, type Kept, type Review } from '../gate.ts'
import type { Estate } from '../estate/estate.ts'
import type { Surroundings } from './identity.ts'

export interface GateOptions extends Surroundings {
  readonly policy: () => PolicySnapshot
  readonly estate: Estate
  readonly engineObjects: EngineObjects
  readonly plansSettled: NonNullable<Circumstances['plansSettled']>
  readonly arePlansKnown: NonNullable<Circumstances['arePlansKnown']>
  readonly breakGlass: (policy: Policy) => Circumstances['breakGlass']
  readonly journal: RecordSink
  readonly digestKey: () => Uint8Array
  /** Hash of the settings of this process. */
  readonly config: string
  readonly now: () => number
  readonly metrics: Metrics
  readonly log: Log
}

/** What the listener asks: one decision, counted and recorded. */
export function createGate(options: GateOptions): { handle: Handle; refuse: Refuse } {
  const { metrics, log } = options
  const count = ({ identity, allowed, verdict }: Decision) => {
    const decision = allowed ? (verdict.kind === 'deny' ? 'would-deny' : 'allow') : 'deny'
    metrics.decided({ class: identity, decision, reason: verdict.reason })
  }
  return {
    handle: async (request, call) => {
      const review = toReview(request, call, options)
      const keep = keeper(options, call, review.circumstances.policy)
      const outcome = await handleReview(review, keep, (error) => {
        const failure = toFailure(error, randomUUID())
        metrics.failed(failure.reason)
        log.error('review_failed', { errorId: failure.errorId, err: error as Error })
        return { ...failure, message: `${failure.message} (error ${failure.errorId})` }
      })
      count(outcome.decision)
      return outcome.answer
    },
    refuse: (failure, request) => {
      const review = toReview(request, { signal: AbortSignal.abort(), peer: undefined }, options)
      const { record, decision, answer } = refuseReview(review, failure)
      count(decision)
      // The answer cannot wait for it any more.
      options.journal.note(record, () => {
        metrics.recordFailed()
      })
      return answer
    },
  }
}

function toReview(request: AdmissionRequest, call: Call, options: GateOptions): Review {
  const { policy, hash } = options.policy()
  return {
    request,
    circumstances: new Snapshot(policy, hash, { call, options }),
    peer: call.peer,
    config: options.config,
    clock: () => performance.now(),
  }
}

/** A class for its getter, which an object literal would make slow: see server/intake.ts. */
class Snapshot implements Circumstances {
  readonly policy: Circumstances['policy']
  readonly policyHash: string
  readonly clusterUid: string
  readonly own: Circumstances['own']
  readonly cluster: Circumstances['cluster']
  readonly engineObjects: Circumstances['engineObjects']
  readonly plansSettled: NonNullable<Circumstances['plansSettled']>
  readonly arePlansKnown: NonNullable<Circumstances['arePlansKnown']>
  readonly repositories: Circumstances['repositories']
  readonly declarations: Circumstances['declarations']
  readonly breakGlass: Circumstances['breakGlass']
  readonly digestKey: Uint8Array
  readonly now: () => number
  readonly #call: Call

  constructor(
    policy: Circumstances['policy'],
    hash: string,
    { call, options }: { readonly call: Call; readonly options: GateOptions },
  ) {
    this.policy = policy
    this.policyHash = hash
    this.clusterUid = options.clusterUid
    this.own = options.own
    this.cluster = options.cluster
    this.engineObjects = options.engineObjects
    this.plansSettled = options.plansSettled
    this.arePlansKnown = options.arePlansKnown
    this.repositories = options.estate.repositories
    this.declarations = options.estate.declarations
    this.breakGlass = options.breakGlass(policy)
    this.digestKey = options.digestKey()
    this.now = options.now
    this.#call = call
  }

  get signal(): AbortSignal {
    return this.#call.signal
  }
}

/** Of a denial the record may follow, or be lost: then it is counted. */
const following: Kept = { kind: 'kept' }

/** An allow waits for its record, and becomes a denial without it. */
function keeper({ journal, metrics, log }: GateOptions, call: Call, policy: Policy): Keep {
  const append = async (record: AuditRecord): Promise<Kept> => {
    try {
      const isUse = record.reason === 'BreakGlass'
      const durability = isUse ? 'disk' : policy.spec.audit.durability
      const options = { durability, isUrgent: isUrgent(record), signal: call.signal }
      return { kind: 'kept', appended: await journal.append(record, options) }
    } catch (error) {
      metrics.recordFailed()
      log.error('record_not_written', { decisionId: record.decisionId, err: error as Error })
      return { kind: 'lost' }
    }
  }
  const lose = () => {
    metrics.recordFailed()
  }
  return (record, decision) => {
    if (decision.allowed) return append(record)
    journal.note(record, lose)
    return following
  }
}
