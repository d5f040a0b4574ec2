import { z } from 'zod'
import { moment, shortText } from './leaves.ts'

const delivery = z.strictObject({
  sink: shortText(253).describe('as the policy names it'),
  state: z
    .enum(['Delivered', 'Pending', 'Failed'])
    .describe(
      'Delivered: it has all events. Failed: it refuses the next one, and is asked again once the policy reaches it in another way',
    ),
  told: z
    .array(shortText(4096))
    .describe('events that it has, by type, with the numbers of the uses that they are about'),
  attempts: z.int().min(0).describe('how often the next event was sent in vain'),
  since: moment().exactOptional().describe('when it was sent in vain first'),
  nextTry: moment().exactOptional().describe('it is not sent again before then'),
  lastError: shortText(1024).exactOptional().describe('what the last attempt came to'),
  externalId: shortText(1024).exactOptional().describe('what the other side knows the grant by'),
  revision: shortText(128)
    .exactOptional()
    .describe('digest of how the sink was reached at the last attempt, without its secrets'),
})

export const deliveries = z
  .array(delivery)
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['sink'] })
