import type { CheckOutcome, CheckStatus } from './check.ts'
import { guardCheck, mutatorsCheck, policiesCheck, webhookCheck } from './checks/admission.ts'
import { coverageCheck } from './checks/coverage.ts'
import { holdersCheck } from './checks/holders.ts'
import { certificatesCheck, controllerCheck, modeCheck } from './checks/running.ts'
import { apiServerCheck, definitionsCheck, endpointsCheck } from './checks/state.ts'
import type { ClusterFacts, Ground } from './facts.ts'

const checks = [
  apiServerCheck,
  definitionsCheck,
  webhookCheck,
  guardCheck,
  mutatorsCheck,
  policiesCheck,
  holdersCheck,
  coverageCheck,
  endpointsCheck,
  certificatesCheck,
  controllerCheck,
  modeCheck,
] as const

/** Every check, in a fixed order. */
export function lint(facts: ClusterFacts, ground: Ground): readonly CheckOutcome[] {
  return checks.map((check) => check(facts, ground))
}

/** The worst of all: what is a problem outweighs what could not be looked at. */
export function verdictOf(outcomes: readonly CheckOutcome[]): CheckStatus {
  const order = ['problem', 'unknown', 'warning', 'ok'] as const
  return order.find((status) => outcomes.some((one) => one.status === status)) ?? 'ok'
}
