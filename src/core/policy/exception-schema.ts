import { z } from 'zod'
import { fieldPath, name, namespace, objectName, resource } from './leaves.ts'
import { accountNames, exceptionPreset } from './preset-schema.ts'
import { exceptionSubject } from './subject.ts'

export const operations = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const

const row = z.strictObject({
  resources: z
    .array(resource)
    .min(1)
    .describe(
      '`resource[.group][/subresource]`, each exact: `deployments.apps` does not include `deployments.apps/scale`',
    ),
  operations: z.array(z.enum(operations)).min(1).describe('which operations'),
  fields: z
    .array(fieldPath)
    .min(1)
    .exactOptional()
    .describe(
      'fields that may change, with all below them; `*` is the whole object. Required for CREATE and UPDATE, where every changed field must be covered; without meaning for DELETE and CONNECT',
    ),
  namespaces: z
    .array(namespace)
    .describe('exact namespaces; an empty list means cluster-scoped objects, and only those'),
  names: z.array(objectName).min(1).exactOptional().describe('exact names; all by default'),
})

const why = z.string().regex(/\S/, 'must say why')

export const exceptionSchema = z
  .strictObject({
    name: name
      .exactOptional()
      .describe('how records and messages name it; with a preset, the name of the preset'),
    preset: exceptionPreset
      .exactOptional()
      .describe(
        'a default install of an operator: brings what it writes on its own account, and what it makes of objects that Git declares; see [Presets](#presets)',
      ),
    namespace: namespace
      .exactOptional()
      .describe('where the install of the preset is; its default otherwise'),
    accounts: accountNames('exceptions')
      .exactOptional()
      .describe('service accounts of the preset that have another name in this install'),
    namespaces: z
      .array(namespace)
      .min(1)
      .exactOptional()
      .describe(
        'with a preset: exact namespaces instead of every one, for rows that reach every one',
      ),
    subject: exceptionSubject
      .exactOptional()
      .describe(
        'who: `serviceAccount`, `user` or `group`, exactly one of them; a preset brings its own, but for `console`',
      ),
    allow: z
      .array(row)
      .min(1)
      .exactOptional()
      .describe('what it may do without a commit; required without a preset'),
    reason: why
      .exactOptional()
      .describe('why, for whoever reads the policy later; required without a preset'),
  })
  .meta({ anyOf: [{ required: ['preset'] }, { required: ['name', 'subject', 'allow', 'reason'] }] })

export type WrittenException = z.output<typeof exceptionSchema>
