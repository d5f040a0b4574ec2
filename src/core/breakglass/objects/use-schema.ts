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
  name: z.string().describe('its name; empty for a name that is generated and for collections'),
  uid: z.string().describe('its uid; empty for what is created'),
})

const tip = z.strictObject({
  repository: z.string().describe('as the policy names it'),
  branch: z.string().describe('which branch'),
  commit: z.string().describe('the head of it'),
})

const use = z.strictObject({
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
  program: z.string().exactOptional().describe('what an exec starts'),
  command: z.string().exactOptional().describe('keyed digest of the program and its arguments'),
  tips: z.array(tip).describe('heads of the repositories at that moment'),
  state: z
    .enum(['Admitted', 'Committed', 'NotCommitted'])
    .describe('Admitted until somebody has looked whether it was stored'),
  resolution: z
    .string()
    .exactOptional()
    .describe('what became of it in Git, with the commit: Promoted, Reverted, Superseded, Deleted'),
})

export const uses = z
  .array(use)
  .max(mostUses)
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['n'] })
