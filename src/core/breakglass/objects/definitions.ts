import { z } from 'zod'
import { at, isJsonObject, type Json, type JsonObject } from '../../manifest/json.ts'
import { grantKind } from '../grant.ts'
import { approvalSchema } from './approval-schema.ts'
import { checkpointSchema } from './checkpoint-schema.ts'
import { grantSchema } from './grant-schema.ts'
import { postMortemSchema } from './post-mortem-schema.ts'

interface Definition {
  readonly kind: string
  readonly plural: string
  readonly shortName: string
  readonly schema: z.ZodType
  readonly columns: readonly Column[]
  /** Paths that `kubectl get --field-selector` takes. */
  readonly selectable: readonly string[]
}

type Column = readonly [name: string, jsonPath: string, type?: 'string' | 'integer' | 'date']

const { group, version } = grantKind

const definitions: readonly Definition[] = [
  {
    kind: grantKind.kind,
    plural: 'breakglassgrants',
    shortName: 'bg',
    schema: grantSchema,
    columns: [
      ['Phase', '.status.phase'],
      ['Holder', '.status.subject.username'],
      ['Incident', '.status.incident'],
      ['Used', '.status.uses[-1:].n', 'integer'],
      ['Of', '.status.maxUses', 'integer'],
      ['Expires', '.status.expiresAt'],
    ],
    selectable: ['.status.subject.username', '.status.phase'],
  },
  {
    kind: 'BreakGlassApproval',
    plural: 'breakglassapprovals',
    shortName: 'bga',
    schema: approvalSchema,
    columns: [
      ['Grant', '.spec.grant'],
      ['By', '.spec.by'],
      ['Group', '.spec.group'],
    ],
    selectable: ['.spec.grant'],
  },
  {
    kind: 'PostMortem',
    plural: 'postmortems',
    shortName: 'pm',
    schema: postMortemSchema,
    columns: [
      ['Phase', '.status.phase'],
      ['Grant', '.spec.grant'],
      ['Holder', '.status.holder'],
      ['Incident', '.status.incident'],
      ['Uses', '.status.uses[-1:].n', 'integer'],
      ['Actor', '.spec.bypass.actor'],
      ['Writes', '.status.count', 'integer'],
    ],
    selectable: ['.spec.grant', '.status.phase'],
  },
  {
    kind: 'AuditCheckpoint',
    plural: 'auditcheckpoints',
    shortName: 'ac',
    schema: checkpointSchema,
    columns: [
      ['Writer', '.spec.writer'],
      ['Record', '.spec.seq', 'integer'],
      ['Closed', '.spec.closes'],
      ['Key', '.spec.kid'],
      ['At', '.spec.time'],
    ],
    selectable: [],
  },
]

/** The CustomResourceDefinitions of our objects. */
export function customResourceDefinitions(): readonly JsonObject[] {
  return definitions.map(toDefinition)
}

function toDefinition({ kind, plural, shortName, ...rest }: Definition): JsonObject {
  const names = {
    kind,
    listKind: `${kind}List`,
    plural,
    singular: kind.toLowerCase(),
    shortNames: [shortName],
  }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: { group, scope: 'Cluster', names, versions: [toVersion(rest)] },
  }
}

function toVersion({
  schema,
  columns,
  selectable,
}: Pick<Definition, 'schema' | 'columns' | 'selectable'>) {
  const age = ['Age', '.metadata.creationTimestamp', 'date'] as const
  return {
    name: version,
    served: true,
    storage: true,
    subresources: { status: {} },
    additionalPrinterColumns: [...columns, age].map(([name, jsonPath, type = 'string']) => ({
      name,
      type,
      jsonPath,
    })),
    selectableFields: selectable.map((jsonPath) => ({ jsonPath })),
    schema: {
      openAPIV3Schema: withHead(structural(z.toJSONSchema(schema, { io: 'input' }) as Json)),
    },
  }
}

const head = {
  apiVersion: {
    type: 'string',
    description: 'Version of the schema of this object.',
  },
  kind: { type: 'string', description: 'Kind of this object.' },
  metadata: { type: 'object' },
}

function withHead(schema: Json): JsonObject {
  const properties = at(schema, 'properties')
  return {
    ...(isJsonObject(schema) && schema),
    properties: { ...head, ...(isJsonObject(properties) && properties) },
  }
}

/** The API server prunes what is not declared, and knows no other way to say so. */
const unwanted: ReadonlySet<string> = new Set(['$schema', 'additionalProperties'])

function structural(schema: Json): Json {
  if (Array.isArray(schema)) return (schema as readonly Json[]).map(structural)
  if (!isJsonObject(schema)) return schema
  const kept = Object.entries(schema).filter(([key]) => !unwanted.has(key))
  return Object.fromEntries(kept.map(([key, value]) => [key, structural(value)]))
}
