import { momentText } from '../../../../src/core/breakglass/moment.ts'
import type { JsonObject } from '../../../../src/core/manifest/json.ts'
import { begin, minute } from './telling.ts'

const later = (minutes: number) => momentText(begin + minutes * minute)

/** A PostMortem without a grant, at its end. */
export const bypass = {
  apiVersion: 'solewriter.dev/v1alpha1',
  kind: 'PostMortem',
  metadata: { name: 'pm-bypass-1', uid: 'u7', creationTimestamp: later(3) },
  spec: {
    bypass: { actor: 'system:serviceaccount:ci:deployer', from: later(0), to: later(60) },
    review: { by: 'carol', at: later(9), verdict: 'justified' },
  },
  status: {
    phase: 'Closed',
    count: 300,
    resolvedAt: later(5),
    closedAt: later(10),
    writes: [1, 2].map((n) => ({
      n,
      auditId: `audit-${n}`,
      time: later(n),
      verb: 'create',
      resource: 'configmaps',
      namespace: 'pay',
      name: `m${n}`,
      code: 201,
      why: 'NotAsked',
      sourceIps: [],
    })),
  },
} satisfies JsonObject
export const pastTheWebhook = { grant: bypass, postMortem: bypass, now: begin }
