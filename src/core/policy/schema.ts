import { z } from 'zod'
import { breakGlassSchema } from './break-glass-schema.ts'
import { derivedSchema } from './derived-schema.ts'
import { exceptionSchema } from './exception-schema.ts'
import { expandPresets } from './expand.ts'
import { fieldPath, namespaceGlob, policyName, resource } from './leaves.ts'
import { repositorySchema } from './repository-schema.ts'
import { rootSchema } from './root-schema.ts'
import { writerSchema } from './writer-schema.ts'

const modes = ['off', 'audit', 'warn', 'enforce', 'sealed'] as const
export type Mode = (typeof modes)[number]

const mode = z.enum(modes)

const scope = z.strictObject({
  namespaces: z
    .array(namespaceGlob)
    .min(1)
    .exactOptional()
    .describe(
      'names or patterns (`sandbox-*`); with it, cluster-scoped objects never match; a Namespace belongs to itself',
    ),
  resources: z
    .array(resource)
    .min(1)
    .exactOptional()
    .describe(
      '`resource[.group]`, with its subresources, or `resource[.group]/subresource`, that one alone',
    ),
  mode: mode.describe('the mode of what matches all of the above'),
})

const toleration = z.strictObject({
  resources: z
    .union([z.tuple([z.literal('*')]), z.array(resource).min(1)])
    .describe('`resource[.group]`, or `["*"]` for all'),
  fields: z
    .array(fieldPath)
    .min(1)
    .describe('fields, each with its subtree, that Git need not declare'),
})

const spec = z.strictObject({
  mode: mode
    .default('audit')
    .describe(
      'what a denial does outside all `scopes`: `off` (nothing is judged), `audit` (recorded), `warn` (recorded and shown), `enforce` (refused), `sealed` (nothing but the control plane writes)',
    ),
  scopes: z
    .array(scope)
    .default([])
    .describe('other modes for parts of the cluster; the first that matches wins'),
  repositories: z.array(repositorySchema).prefault([]).describe('the Git repositories that count'),
  writers: z
    .array(writerSchema)
    .prefault([])
    .describe('identities that change the cluster from Git; everybody else is human'),
  roots: z
    .array(rootSchema)
    .default([])
    .describe(
      'engine objects that count as declared though no plan declares them: the first Kustomization or Application',
    ),
  exceptions: z
    .array(exceptionSchema)
    .prefault([])
    .describe('who may change what without a commit; the control plane is built in'),
  derived: z
    .array(derivedSchema)
    .prefault([])
    .describe(
      'what operators make of objects that Git declares: allowed while the parent in the cluster is as Git declares it',
    ),
  tolerations: z
    .array(toleration)
    .default([])
    .describe('fields that writers may set though Git does not declare them'),
  breakGlass: breakGlassSchema
    .prefault({})
    .describe('who may write without a commit in an emergency, with a signed token'),
  audit: z
    .strictObject({
      durability: z
        .enum(['file', 'disk'])
        .default('file')
        .describe(
          'before an allow is answered its record is in the `file` (survives the death of the process) or on `disk` (survives the death of the machine)',
        ),
    })
    .prefault({})
    .describe('how records are kept'),
})

/** The one source of the policy's types, validation, defaults, JSON Schema and docs/policy.md. */
export const policySchema = z.strictObject({
  apiVersion: z.literal('solewriter.dev/v1alpha1').describe('the version of this format'),
  kind: z
    .literal('Policy')
    .describe('a file that is written like an object, and no object of the cluster'),
  metadata: z
    .strictObject({ name: policyName.describe('name of the policy, for people') })
    .describe('holds only the name'),
  spec: spec
    .transform((written) => ({ ...written, ...expandPresets(written) }))
    .describe('the rules'),
})

type Frozen<T> = T extends readonly unknown[] | object
  ? { readonly [K in keyof T]: Frozen<T[K]> }
  : T

/** A policy that has passed every check, deeply frozen. Durations are milliseconds. */
export type Policy = Frozen<z.output<typeof policySchema>>
type PolicySpec = Policy['spec']
export type Scope = PolicySpec['scopes'][number]
export type PolicyRepository = PolicySpec['repositories'][number]
export type Writer = PolicySpec['writers'][number]
export type Toleration = PolicySpec['tolerations'][number]
export type Root = PolicySpec['roots'][number]
export type Exception = PolicySpec['exceptions'][number]
export type DerivedEntry = PolicySpec['derived'][number]
export type ExceptionRow = PolicySpec['exceptions'][number]['allow'][number]
export type BreakGlassRule = PolicySpec['breakGlass']['rules'][number]
export type BreakGlassSink = PolicySpec['breakGlass']['sinks'][number]
export type BreakGlassIssuer = PolicySpec['breakGlass']['issuers'][number]
