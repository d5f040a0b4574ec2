import { z } from 'zod'
import { name, namespaceGlob, text } from './leaves.ts'
import { writerSubject } from './subject.ts'

const builtEvidence: readonly string[] = ['oidc', 'annotation']

const evidence = z
  .enum(['oidc', 'argo-cd', 'flux', 'annotation'])
  .refine((value) => builtEvidence.includes(value), {
    error: ({ input }) => `evidence ${String(input)} is not built yet; oidc and annotation are`,
  })

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

export const writerSchema = z.strictObject({
  name: name.describe('how records and messages name it'),
  subject: writerSubject,
  podBound: z
    .boolean()
    .default(false)
    .describe(
      'require the Pod extras of a bound token; a token made without a Pod is denied with UnboundToken',
    ),
  preset: z
    .never('presets are not built yet: write subject and evidence out')
    .exactOptional()
    .describe('not built yet'),
  evidence: z
    .array(evidence)
    .min(1)
    .describe(
      'where the claim of repository and commit is read, tried in order; `argo-cd` and `flux` are not built yet',
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
