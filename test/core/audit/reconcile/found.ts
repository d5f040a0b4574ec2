import type { Why } from '../../../../src/core/audit/reconcile/findings.ts'
import type { Reconciliation } from '../../../../src/core/audit/reconcile/result.ts'
import type { Json, JsonObject } from '../../../../src/core/manifest/json.ts'
import { alice } from '../../../fakes/requests.ts'
import { event, heartbeats, reconciled, type Told, type Written } from './ground.ts'

// A log of ten minutes that is never silent; writes happen in the middle of it.

export const quiet = heartbeats(0, 600)
export const plain: Written = { at: 300 }

export function run(told: readonly Told[], more: readonly Json[] = []): Reconciliation {
  const events = [...told.map((one) => one.event), ...more, ...quiet]
  return reconciled(
    told.map(({ line }) => line),
    events,
  )
}

type ListName = {
  [K in keyof Reconciliation]: Reconciliation[K] extends { readonly list: readonly { why: Why }[] }
    ? K
    : never
}[keyof Reconciliation]

const lists: readonly ListName[] = [
  'unseen',
  'withoutRecord',
  'contradictions',
  'impersonations',
  'unsure',
  'notCommitted',
]

/** What is in all the lists of writes: which list, which object, why. */
export function found(result: Reconciliation): readonly string[] {
  return lists.flatMap((name) => result[name].list.map((one) => `${name} ${one.name} ${one.why}`))
}

/** Of our webhook configuration, or another thing that is done to it. */
export function removal(verb: string, at = 290): JsonObject {
  return event(
    { at, user: alice },
    {
      verb,
      responseStatus: { code: verb === 'create' ? 201 : 200 },
      objectRef: {
        resource: 'validatingwebhookconfigurations',
        apiGroup: 'admissionregistration.k8s.io',
        name: 'solewriter',
      },
    },
  )
}
