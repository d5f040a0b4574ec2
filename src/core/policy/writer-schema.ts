import { z } from 'zod'
import { evidenceKinds } from './evidence.ts'
import { name, namespace, namespaceGlob, text } from './leaves.ts'
import { accountNames, writerPreset } from './preset-schema.ts'
import { writerSubject } from './subject.ts'

/** Keys of structured authentication: a domain of one's own, a slash, lower case. */
const extraKey = text((value) => {
  if (!/^[a-z0-9.-]+\.[a-z0-9-]+\/[a-z0-9._/-]+$/.test(value)) {
    return 'must be a lower-case key of userInfo.extra with a domain, such as solewriter.dev/sha'
  }
  return /(?:^|\.)(?:kubernetes|k8s)\.io\//.test(value)
    ? 'must not be in a domain of Kubernetes: structured authentication cannot set it'
    : undefined
})

const oidc = z.strictObject({
  repository: extraKey
    .default('solewriter.dev/repository')
    .describe('key of the repository URL of the job'),
  sha: extraKey.default('solewriter.dev/sha').describe('key of the full commit id of the job'),
  ref: extraKey
    .default('solewriter.dev/ref')
    .describe('key of the ref (`refs/heads/main`); must be one of `branches`'),
  event: extraKey
    .default('solewriter.dev/event')
    .describe('key of the event that started the job; must be one of `events`'),
})

export const writerSchema = z
  .strictObject({
    name: name
      .exactOptional()
      .describe('how records and messages name it; with a preset, the name of the preset'),
    preset: writerPreset
      .exactOptional()
      .describe(
        'a default install of an engine: brings its writers, their evidence, and what its controllers write on their own account; see [Presets](#presets)',
      ),
    namespace: namespace
      .exactOptional()
      .describe('where the install of the preset is; its default otherwise'),
    accounts: accountNames('writers')
      .exactOptional()
      .describe('service accounts of the preset that have another name in this install'),
    subject: writerSubject.exactOptional(),
    podBound: z
      .boolean()
      .exactOptional()
      .describe(
        'require the Pod extras of a bound token; a token made without a Pod is denied with UnboundToken. `false` by default, `true` with a preset',
      ),
    impersonated: z
      .boolean()
      .default(false)
      .describe(
        'the engine impersonates this service account (`spec.serviceAccountName` of Flux, `destinationServiceAccounts` of Argo CD), so requests come without uid and credential; requests with a token of the account itself are those of a human then',
      ),
    evidence: z
      .array(z.enum(evidenceKinds))
      .min(1)
      .exactOptional()
      .describe(
        'where the claim of repository and commit is read, tried in order; required without a preset',
      ),
    oidc: oidc
      .prefault({})
      .describe(
        'which keys of `userInfo.extra` carry the claims; fill them by `claimMappings.extra` of the AuthenticationConfiguration',
      ),
    events: z
      .array(z.string().regex(/^[a-z0-9_-]+$/, 'must be the exact name of one event, such as push'))
      .min(1)
      .default(['push'])
      .describe('events whose jobs count, for `oidc`'),
    repositories: z.array(name).min(1).describe('names of the repositories it may apply'),
    verify: z
      .enum(['commit', 'declared', 'content'])
      .default('content')
      .describe(
        'what Git must show: the `commit` exists on an allowed branch; the object is `declared` in it; its `content`, every field that the write changes, is what the commit declares',
      ),
    namespaces: z
      .array(namespaceGlob)
      .min(1)
      .default(['*'])
      .describe(
        'where it may write; anything but `*` alone excludes cluster-scoped objects and Namespaces',
      ),
  })
  .meta({ anyOf: [{ required: ['preset'] }, { required: ['name', 'subject', 'evidence'] }] })

export type WrittenWriter = z.output<typeof writerSchema>
