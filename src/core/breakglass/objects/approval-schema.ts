import { z } from 'zod'
import { conditions, rules, shortText } from './leaves.ts'

const spec = z
  .strictObject({
    grant: shortText(64).describe('name of the BreakGlassGrant'),
    by: shortText(1024).describe('your own username'),
    group: shortText(1024).describe('the group of yours that the grant waits for'),
    scope: shortText(128).describe('digest of the scope that you were shown: of status.scope'),
  })
  .meta(rules({ rule: 'self == oldSelf', message: 'an approval stays what it is' }))

export const approvalSchema = z
  .strictObject({
    spec: spec.describe('who consents to what'),
    status: z
      .strictObject({ conditions: conditions.exactOptional().describe('what became of it') })
      .exactOptional()
      .describe('written by solewriter alone'),
  })
  .describe(
    'The consent of somebody else to a BreakGlassGrant whose rule asks for it. Its name is that of the grant, a dot, and 16 digits of the SHA-256 of the username.',
  )
