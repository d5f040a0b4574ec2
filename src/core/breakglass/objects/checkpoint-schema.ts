import { z } from 'zod'
import { moment, rules, shortText } from './leaves.ts'

const digest = () => z.string().regex(/^sha256:[0-9a-f]{64}$/)

const spec = z
  .strictObject({
    writer: shortText(256).describe('whose chain: name of the replica, slash, id of its run'),
    seq: z.int().min(1).describe('the last record that it is about'),
    head: digest().describe('hash of that record'),
    count: z.int().min(0).describe('how many records there are up to there, without checkpoints'),
    prevCheckpoint: digest().describe('digest of the checkpoint before it'),
    time: moment().describe('when it was made'),
    closes: z.boolean().describe('whether the chain ends with it'),
    unrecorded: z.int().min(0).describe('decisions at the end that could not be recorded'),
    kid: shortText(256).exactOptional().describe('which key signed it'),
    signature: shortText(128).exactOptional().describe('ES256, over all but kid'),
  })
  .meta(
    rules(
      { rule: 'self.writer == oldSelf.writer', message: 'a chain keeps its writer' },
      { rule: 'self.seq >= oldSelf.seq', message: 'a chain does not get shorter' },
      { rule: '!oldSelf.closes || self == oldSelf', message: 'a chain that was closed stays so' },
    ),
  )

export const checkpointSchema = z
  .strictObject({ spec: spec.describe('the newest checkpoint of one chain of records') })
  .meta(
    rules({
      rule: "self.metadata.name == 'chain-' + self.spec.writer.split('/')[1].lowerAscii()",
      message: 'the name has to be chain- and the id of the run, in lower case',
    }),
  )
  .describe(
    'Where a chain of records stood when it was last signed: kept apart from the records, so that nobody cuts them off unseen.',
  )
