import { z } from 'zod'
import { verdicts } from '../review.ts'
import { bypass, moreWrites, writes } from './bypass-schema.ts'
import { deliveries } from './delivery-schema.ts'
import { holds } from './grant-schema.ts'
import { conditions, moment, rules, shortText } from './leaves.ts'
import { uses } from './use-schema.ts'

const review = z.strictObject({
  by: shortText(1024).exactOptional().describe('your own username'),
  at: moment().exactOptional().describe('when it was reviewed'),
  verdict: z
    .enum(verdicts)
    .exactOptional()
    .describe('whether breaking the glass was called for; never by its holder'),
  text: shortText(65536).exactOptional().describe('what was found, and what follows from it'),
  link: shortText(2048).exactOptional().describe('where the narrative is'),
})

const spec = z
  .strictObject({
    grant: shortText(64).exactOptional().describe('name of the BreakGlassGrant'),
    bypass: bypass
      .exactOptional()
      .describe('in place of a grant: who wrote past the webhook, and in which hour'),
    review: review.exactOptional().describe('for people: what the review came to'),
  })
  .meta(
    rules(
      {
        rule: 'has(self.grant) != has(self.bypass)',
        message: 'it is about a grant, or about a bypass',
      },
      {
        rule: 'has(self.grant) == has(oldSelf.grant) && (!has(self.grant) || self.grant == oldSelf.grant)',
        message: 'it stays about its grant',
      },
      {
        rule: 'has(self.bypass) == has(oldSelf.bypass) && (!has(self.bypass) || self.bypass == oldSelf.bypass)',
        message: 'it stays about its bypass',
      },
    ),
  )

export const postMortemPhases = ['Open', 'Resolved', 'Closed'] as const

const due = z.strictObject({
  draft: moment().describe('it has to be written by then'),
  review: moment().describe('it has to be reviewed by then'),
})

const status = z.strictObject({
  phase: z
    .enum(postMortemPhases)
    .exactOptional()
    .describe(
      'Open until the grant is over and Git has caught up with each use, or nothing more is found of a bypass; Resolved until somebody else than the holder, or the actor, has reviewed it; Closed, which one of a grant without uses is as soon as the grant is over',
    ),
  due: due
    .exactOptional()
    .describe(
      'as the policy had it when the grant was activated; of a bypass, a day for the draft and the next working day for the review',
    ),
  overdue: z
    .array(z.enum(['draft', 'review']))
    .exactOptional()
    .describe('what is late'),
  resolvedAt: moment().exactOptional().describe('since when it is resolved'),
  closedAt: moment().exactOptional().describe('since when it is closed'),
  holder: z.string().exactOptional().describe('whose grant it was'),
  approvers: z.array(z.string()).exactOptional().describe('who consented'),
  skippedApprovers: z
    .array(z.string())
    .exactOptional()
    .describe('groups whose approval the holder went on without'),
  incident: z.string().exactOptional().describe('what it was about'),
  reason: z.string().exactOptional().describe('why Git was not the way'),
  activatedAt: moment().exactOptional().describe('from when on the grant counted'),
  expiresAt: moment().exactOptional().describe('until when it could count at most'),
  grantPhase: z.string().exactOptional().describe('how the grant stands, or how it ended'),
  uses: uses.exactOptional().describe('what was written under the grant'),
  holds: holds
    .exactOptional()
    .describe('for each use, the first write that was kept from undoing it'),
  writes: writes.exactOptional().describe('of a bypass: the first 100 that were found'),
  moreWrites: moreWrites
    .exactOptional()
    .describe('of a bypass: digests of the audit ids of those that are only counted'),
  count: z.int().min(0).exactOptional().describe('of a bypass: how many were found'),
  truncated: z
    .boolean()
    .exactOptional()
    .describe('of a bypass: there were more than are counted; `audit reconcile` has them'),
  firstAt: moment().exactOptional().describe('of a bypass: when the first of them was received'),
  lastAt: moment().exactOptional().describe('of a bypass: when the last of them was received'),
  deliveries: deliveries
    .exactOptional()
    .describe('of a bypass: what each sink has been told; that of a grant stands in the grant'),
  conditions: conditions
    .exactOptional()
    .describe(
      'for `kubectl wait --for=condition=`: Resolved, with what is still open; Closed, as Reviewed or Unused; of a bypass also Delivered, DeliveryFailed and Archived',
    ),
})

export const postMortemSchema = z
  .strictObject({
    spec: spec.describe('what it is about'),
    status: status.exactOptional().describe('written by solewriter alone'),
  })
  .describe(
    'What happened under a BreakGlassGrant, and what has become of it in Git; or what somebody wrote past the webhook. It is opened when the grant is activated, not when it ends.',
  )
