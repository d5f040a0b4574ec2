import { z } from 'zod'
import { operations } from '../../policy/exception-schema.ts'
import { mostUses } from '../claims.ts'
import { deliveries } from './delivery-schema.ts'
import { conditions, moment, rules, shortText } from './leaves.ts'
import { uses } from './use-schema.ts'

const revoked = z.strictObject({
  by: shortText(1024).describe('your own username'),
  at: shortText(64).exactOptional().describe('when'),
  reason: shortText(1024).exactOptional().describe('why'),
})

const spec = z
  .strictObject({
    token: shortText(8192)
      .exactOptional()
      .describe(
        'the token that activates the grant. It is verified when the grant is created, and cleared at once: a grant without it is in order',
      ),
    credential: shortText(256)
      .exactOptional()
      .describe(
        'which credential every use has to come with; that of the creator by default. `none` where the API server does not say with what people log in',
      ),
    ended: z
      .boolean()
      .default(false)
      .describe('true ends the grant for good; its holder sets it, without a token'),
    revoked: revoked
      .exactOptional()
      .describe('ends the grant for good; anybody sets it whom RBAC lets, without a token'),
  })
  .meta(
    rules(
      {
        rule: "!has(self.token) || self.token == '' || has(oldSelf.token) && self.token == oldSelf.token",
        message: 'the token of a grant can only be cleared',
      },
      {
        rule: 'has(self.credential) == has(oldSelf.credential) && (!has(self.credential) || self.credential == oldSelf.credential)',
        message: 'the credential of a grant stays what it is',
      },
      {
        rule: '!has(oldSelf.ended) || !oldSelf.ended || has(self.ended) && self.ended',
        message: 'what was ended stays ended',
      },
      {
        rule: '!has(oldSelf.revoked) || has(self.revoked) && self.revoked == oldSelf.revoked',
        message: 'what was revoked stays revoked, by whom it was',
      },
    ),
  )

const scopeRow = z.strictObject({
  resources: z.array(z.string()).describe('`resource[.group][/subresource]`, each exact'),
  operations: z.array(z.enum(operations)).describe('which operations'),
  fields: z.array(z.string()).exactOptional().describe('fields that may change, with all below'),
  namespaces: z
    .array(z.string())
    .describe('namespaces, `*` for every one; none for cluster-scoped objects'),
  names: z.array(z.string()).exactOptional().describe('names or prefixes; all by default'),
  labels: z.array(z.string()).exactOptional().describe('labels that the object has to have'),
})

const subject = z.strictObject({
  username: z.string().describe('whose grant it is: the sub of the token'),
  uid: z.string().exactOptional().describe('uid of that user, as the API server says'),
  credential: z
    .string()
    .exactOptional()
    .describe('the certificate, or that it is a token, which every use comes with'),
})

const approval = z.strictObject({
  by: z.string().describe('who approved'),
  group: z.string().exactOptional().describe('as a member of which group'),
  at: moment().exactOptional().describe('when'),
})

const approvalsWanted = z.strictObject({
  required: z.int().min(1).describe('how many'),
  groups: z.array(z.string()).describe('members of any of these groups'),
  until: moment().describe('nobody may approve any more from then on'),
  aloneFrom: moment()
    .exactOptional()
    .describe('from when on the holder may go on alone, with less: by writing'),
})

export const holds = z.array(
  z.strictObject({
    use: z.int().min(1).max(mostUses).describe('number of the use'),
    at: moment().describe('when'),
    by: z.string().describe('which writer of the policy, or the engine object that says so'),
    commit: z
      .string()
      .describe('what it was applying: the repository, `@`, the commit or its first digits'),
    until: moment().describe('until when such writes are held back at most'),
  }),
)

const postMortemTerms = z.strictObject({
  draftDue: z.string().describe('a duration from the activation on, or next-working-day'),
  reviewDue: z.string().describe('a duration from the activation on, or next-working-day'),
  timeZone: z.string().describe('whose working days'),
})

export const phases = [
  'Pending',
  'Active',
  'Exhausted',
  'Expired',
  'Ended',
  'Revoked',
  'ApprovalTimeout',
] as const

const status = z.strictObject({
  phase: z
    .enum(phases)
    .exactOptional()
    .describe(
      'where it stands. Decisions do not trust it: they look at the time, the uses, the spec and the policy themselves',
    ),
  tokenSHA256: z.string().exactOptional().describe('digest of the token that activated it'),
  issuer: z.string().exactOptional().describe('who signed the token, as the policy names it'),
  kid: z.string().exactOptional().describe('with which key'),
  subject: subject.exactOptional().describe('who may use it'),
  incident: z.string().exactOptional().describe('what it is about'),
  reason: z.string().exactOptional().describe('why Git was not the way'),
  scope: z
    .array(scopeRow)
    .exactOptional()
    .describe('what may be written: what the token asks for, as far as the policy gives it'),
  narrowedBy: z
    .array(z.string())
    .exactOptional()
    .describe('what the token asks for and does not get, and why'),
  sessionSeconds: z.int().min(0).exactOptional().describe('how long it lasts'),
  holdSeconds: z.int().min(0).exactOptional().describe('how long engines are kept from undoing it'),
  maxUses: z.int().min(1).max(mostUses).exactOptional().describe('how many writes it admits'),
  postMortemTerms: postMortemTerms
    .exactOptional()
    .describe('when its post-mortem is due, as the policy had it at the activation'),
  activatedAt: moment().exactOptional().describe('from when on it counts'),
  expiresAt: moment().exactOptional().describe('until when it counts'),
  approvalsWanted: approvalsWanted.exactOptional().describe('whose consent it waits for'),
  approvals: z.array(approval).exactOptional().describe('whose consent it has'),
  skippedApprovers: z
    .array(z.string())
    .exactOptional()
    .describe('groups whose approval the holder went on without'),
  uses: uses
    .exactOptional()
    .describe('each write that was admitted under it, stored before it was admitted'),
  holds: holds
    .exactOptional()
    .describe('for each use, the first write that was kept from undoing it'),
  postMortem: z.string().exactOptional().describe('name of its PostMortem'),
  deliveries: deliveries.exactOptional().describe('which sink has which events'),
  conditions: conditions
    .exactOptional()
    .describe(
      'for `kubectl wait --for=condition=`: Active, whether it can be used; Delivered, whether every sink has all events; DeliveryFailed, whether one refuses them; Archived, whether it may be deleted',
    ),
})

export const grantSchema = z
  .strictObject({
    spec: spec.describe('what its holder, and whoever stops it, has to say'),
    status: status.exactOptional().describe('written by solewriter alone'),
  })
  .meta(
    rules({
      rule: "self.metadata.name.matches('^bg-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')",
      message: 'the name has to be bg- and the jti of the token',
    }),
  )
  .describe(
    'A permission to write past Git in an emergency, activated by a token: with a scope, an end, and a record of each use. Creating it is what uses the token up.',
  )
