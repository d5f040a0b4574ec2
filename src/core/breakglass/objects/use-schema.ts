import { z } from 'zod'
import { operations } from '../../policy/exception-schema.ts'
import { mostUses } from '../claims.ts'
import { moment } from './leaves.ts'

const target = z.strictObject({
  group: z.string().describe('API group; empty for core'),
  version: z.string().describe('API version'),
  resource: z.string().describe('plural'),
  subresource: z.string().describe('such as scale; empty for the object itself'),
  namespace: z.string().describe('empty for cluster-scoped objects'),
  kind: z.string().exactOptional().describe('its kind, if it is known'),
  name: z.string().describe('its name'),
  uid: z.string().describe('its uid; empty for what is created'),
})

const tip = z.strictObject({
  repository: z.string().describe('as the policy names it'),
  branch: z.string().describe('which branch'),
  commit: z.string().describe('the head of it'),
})

const diffRow = z.strictObject({
  op: z.enum(['add', 'remove', 'replace']).describe('what happened to it'),
  path: z.string().describe('the field; * is the whole object'),
  from: z.string().exactOptional().describe('what stood there: a text as it is, all else as JSON'),
  value: z.string().exactOptional().describe('what stands there afterwards, likewise'),
  hidden: z
    .enum(['Confidential', 'Document'])
    .exactOptional()
    .describe('why the values are not told: they may be secret, or are no single short value'),
})

export const resolutionKinds = [
  'Promoted',
  'Reverted',
  'Superseded',
  'Deleted',
  'Waived',
  'NotCommitted',
] as const

const resolution = z.strictObject({
  kind: z
    .enum(resolutionKinds)
    .describe(
      'Promoted: Git declares what was written. Reverted: what stood there before is back. Superseded: something else stands there that Git declares. Deleted: it is gone, in Git too. Waived: somebody says so in Git. NotCommitted: it was never stored',
    ),
  repository: z.string().describe('as the policy names it; empty for NotCommitted'),
  commit: z.string().describe('the head of a branch that says so; empty for NotCommitted'),
  at: moment().describe('when it was found'),
})

const useFields = z.strictObject({
  n: z.int().min(1).max(mostUses).describe('its number, from 1'),
  fingerprint: z.string().describe('the same for each time that the API server asks about it'),
  decisionId: z.string().describe('id of the decision, as records and the audit log have it'),
  time: moment().describe('when it was admitted'),
  op: z.enum(operations).describe('which operation'),
  target: target.describe('what was written'),
  paths: z
    .array(z.string())
    .describe('fields that change; * is the whole object, and a CONNECT has none'),
  pre: z.string().exactOptional().describe('digest of what stood there before'),
  post: z.string().exactOptional().describe('digest of what stands there afterwards'),
  diff: z.array(diffRow).exactOptional().describe('what was changed, field by field'),
  diffTruncated: z.boolean().exactOptional().describe('there was more than is kept of a diff'),
  program: z.string().exactOptional().describe('what an exec starts'),
  command: z.string().exactOptional().describe('keyed digest of the program and its arguments'),
  tips: z.array(tip).describe('heads of the repositories at that moment'),
  state: z
    .enum(['Admitted', 'Committed', 'NotCommitted'])
    .describe('Admitted until somebody has looked whether it was stored'),
  confirmedAt: moment().exactOptional().describe('when somebody looked'),
  unnecessary: z
    .boolean()
    .exactOptional()
    .describe('true where Git declared the same already when it was admitted'),
  resolution: resolution.exactOptional().describe('what has become of it; none while it is open'),
})

/** Owned as a whole: with each use the API server would merge the owners of every field of all others. */
const use = useFields.meta({ 'x-kubernetes-map-type': 'atomic' })

export const uses = z
  .array(use)
  .max(mostUses)
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['n'] })
