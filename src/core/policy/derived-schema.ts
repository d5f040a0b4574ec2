import { z } from 'zod'
import { fieldPath, name, namespace, objectName, resource, text } from './leaves.ts'
import type { ParentRule } from './parent-rule.ts'
import { accountSubject } from './subject.ts'

const apiGroup = text((value) =>
  /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)?$/.test(value)
    ? undefined
    : 'must be an API group without its version, such as helm.toolkit.fluxcd.io',
)

const kind = text((value) =>
  /^[A-Z][A-Za-z0-9]{0,62}$/.test(value) ? undefined : 'must be one kind, such as HelmRelease',
)

const labelKey = text((value) =>
  /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/.test(
    value,
  )
    ? undefined
    : 'must be the key of a label, such as helm.toolkit.fluxcd.io/name',
)

const labels = z.strictObject({
  name: labelKey.describe('key of the label with the name of the parent'),
  namespace: labelKey
    .exactOptional()
    .describe('key of the label with its namespace; without it, the namespace of the object'),
  uid: labelKey.exactOptional().describe('key of the label with its uid, to be compared too'),
})

const parent = z
  .strictObject({
    group: apiGroup.default('').describe('API group of the parent; empty for the core group'),
    kind: kind.describe('kind of the parent'),
    by: z
      .enum(['ownerReference', 'labels', 'helmStorage', 'helmRelease'])
      .describe(
        'what the object names its parent by: its one `ownerReference` to this kind; `labels`; the release that it records, as a Secret of Helm (`helmStorage`); the release that its annotations of Helm name (`helmRelease`)',
      ),
    labels: labels.exactOptional().describe('which labels, with `by: labels` only'),
  })
  .transform(({ labels: keys, by, ...rest }, context): ParentRule => {
    if (by === 'labels' && keys !== undefined) return { ...rest, by, labels: keys }
    if (by !== 'labels') return { ...rest, by }
    context.addIssue({ code: 'custom', message: 'by labels needs labels: {name: KEY}' })
    return z.NEVER
  })
  .describe('the object that Git declares and that this one is made for')

const row = z.strictObject({
  resources: z.array(resource).min(1).describe('`resource[.group][/subresource]`, each exact'),
  operations: z
    .array(z.enum(['CREATE', 'UPDATE', 'DELETE']))
    .min(1)
    .describe('which operations'),
  fields: z.array(fieldPath).min(1).exactOptional().describe('as in an exception'),
  namespaces: z
    .array(namespace)
    .min(1)
    .exactOptional()
    .describe('exact namespaces; wherever the parent can be named from by default'),
  names: z.array(objectName).min(1).exactOptional().describe('exact names; all by default'),
})

export const derivedSchema = z.strictObject({
  name: name.describe('how records and messages name it'),
  subject: accountSubject,
  parent,
  allow: z
    .array(row)
    .min(1)
    .describe('what it may do while the parent in the cluster is as Git declares it'),
  reason: z
    .string()
    .regex(/\S/, 'must say why')
    .describe('why, for whoever reads the policy later'),
})

export type WrittenDerived = z.output<typeof derivedSchema>
