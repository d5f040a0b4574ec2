import { z } from 'zod'
import { verdicts } from '../review.ts'
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
    grant: shortText(64).describe('name of the BreakGlassGrant'),
    review: review.exactOptional().describe('for people: what the review came to'),
  })
  .meta(rules({ rule: 'self.grant == oldSelf.grant', message: 'it stays about its grant' }))

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
      'Open until the grant is over and Git has caught up with each use; Resolved until somebody else than the holder has reviewed it; Closed, which one without uses is as soon as the grant is over',
    ),
  due: due.exactOptional().describe('as the policy had it when the grant was activated'),
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
  conditions: conditions
    .exactOptional()
    .describe(
      'for `kubectl wait --for=condition=`: Resolved, with what is still open; Closed, as Reviewed or Unused',
    ),
})

export const postMortemSchema = z
  .strictObject({
    spec: spec.describe('what it is about'),
    status: status.exactOptional().describe('written by solewriter alone'),
  })
  .describe(
    'What happened under a BreakGlassGrant, and what has become of it in Git. It is opened when the grant is activated, not when it ends.',
  )
