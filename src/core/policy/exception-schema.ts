import { z } from 'zod'
import { fieldPath, name, namespace, objectName, resource } from './leaves.ts'
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

export const exceptionSchema = z.strictObject({
  name: name.describe('how records and messages name it'),
  subject: exceptionSubject,
  allow: z.array(row).min(1).describe('what it may do without a commit'),
  reason: z
    .string()
    .regex(/\S/, 'must say why')
    .describe('why, for whoever reads the policy later'),
})
