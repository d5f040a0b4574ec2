import type { PolicySource } from '../../config/policy-file.ts'
import type { Cluster } from '../../core/exceptions/cluster.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Running } from '../running.ts'
import type { Engines } from './engines.ts'
import type { Estate } from './estate.ts'
import { PlanKeeper, type PlanTiming } from './plans.ts'

export interface KeepingPlans {
  readonly policy: PolicySource
  readonly estate: Estate
  readonly engines: Engines
  readonly cluster: Cluster
  readonly now: () => number
  readonly log: Log
  readonly running: Running
  readonly timing?: PlanTiming
}

/** What the objects of engines declare is followed for as long as we run. */
export function keepPlans(keeping: KeepingPlans): PlanKeeper {
  const { policy, estate, engines, running, ...rest } = keeping
  const { objects } = engines
  const current = () => policy.current().policy
  const isSynced = () => objects.isSynced()
  const plans = new PlanKeeper({ ...rest, policy: current, estate, objects, isSynced })
  running.add(() => plans.stop())
  const follow = () => {
    plans.follow()
  }
  estate.onMove = follow
  running.add(objects.onChange(follow))
  running.add(policy.onChange(follow))
  follow()
  return plans
}
