import { z } from 'zod'
import { conditions, moment, rules, shortText } from './leaves.ts'
import { uses } from './use-schema.ts'

const review = z.strictObject({
  by: shortText(1024).exactOptional().describe('your own username'),
  at: moment().exactOptional().describe('when it was reviewed'),
  text: shortText(65536).exactOptional().describe('what was found, and what follows from it'),
})

const spec = z
  .strictObject({
    grant: shortText(64).describe('name of the BreakGlassGrant'),
    review: review.exactOptional().describe('for people: what the review came to'),
  })
  .meta(rules({ rule: 'self.grant == oldSelf.grant', message: 'it stays about its grant' }))

const status = z.strictObject({
  phase: z
    .enum(['Open', 'Closed'])
    .exactOptional()
    .describe('Open until Git has caught up with each use and somebody has reviewed it'),
  holder: z.string().exactOptional().describe('whose grant it was'),
  approvers: z.array(z.string()).exactOptional().describe('who consented'),
  incident: z.string().exactOptional().describe('what it was about'),
  reason: z.string().exactOptional().describe('why Git was not the way'),
  activatedAt: moment().exactOptional().describe('from when on the grant counted'),
  expiresAt: moment().exactOptional().describe('until when it could count at most'),
  grantPhase: z.string().exactOptional().describe('how the grant stands, or how it ended'),
  uses: uses.exactOptional().describe('what was written under the grant'),
  conditions: conditions.exactOptional().describe('what is still open'),
})

export const postMortemSchema = z
  .strictObject({
    spec: spec.describe('what it is about'),
    status: status.exactOptional().describe('written by solewriter alone'),
  })
  .describe(
    'What happened under a BreakGlassGrant, and what has become of it in Git. It is opened when the grant is activated, not when it ends.',
  )
