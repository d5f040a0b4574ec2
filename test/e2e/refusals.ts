import assert from 'node:assert/strict'
import type { ApiAnswer } from './requester.ts'

const denial =
  /^admission webhook "writes\.solewriter\.dev" denied the request: \[(\w+)\] ([^]*) \((?:decision ([0-9A-Z]{26})|error [0-9a-f-]+)\)$/

export interface Refusal {
  readonly reason: string
  /** What and why, without the reason code and the decision id. */
  readonly why: string
  /** Empty when none was reached. */
  readonly decision: string
}

/** Our denial in an answer of the API server; undefined when it is none of ours. */
export function refusalOf({ status, json }: ApiAnswer): Refusal | undefined {
  const [, reason, why, decision] = denial.exec(json.message ?? '') ?? []
  if (status !== 403 || reason === undefined) return undefined
  return { reason, why: why ?? '', decision: decision ?? '' }
}

export function assertRefused(answer: ApiAnswer, reason: string): Refusal {
  const refusal = refusalOf(answer)
  assert.equal(refusal?.reason, reason, `${answer.status} ${answer.text.slice(0, 400)}`)
  // At these words Flux and kubectl delete and recreate the object.
  assert.doesNotMatch(answer.text, /is immutable|immutable field/i)
  assert.equal(answer.json.reason, 'Forbidden')
  return refusal as Refusal
}

export function assertTaken(answer: ApiAnswer, status = 200): void {
  assert.equal(answer.status, status, answer.text.slice(0, 600))
}
