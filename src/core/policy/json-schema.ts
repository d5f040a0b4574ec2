import { z } from 'zod'
import { policySchema } from './schema.ts'

/** The parts of JSON Schema that ours uses. */
export interface PolicyJsonSchema {
  readonly $schema?: string
  readonly title?: string
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, PolicyJsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: unknown
  readonly items?: PolicyJsonSchema
  readonly anyOf?: readonly PolicyJsonSchema[]
  readonly not?: unknown
}

/** Draft 2020-12, of a policy as it is written, for editors. */
export function policyJsonSchema(): PolicyJsonSchema {
  const schema = z.toJSONSchema(policySchema, { io: 'input', target: 'draft-2020-12' })
  return { ...(schema as PolicyJsonSchema), title: 'solewriter policy' }
}
