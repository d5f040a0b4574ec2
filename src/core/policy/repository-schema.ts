import { z } from 'zod'
import {
  absolutePath,
  aliasUrl,
  branch,
  duration,
  name,
  namespace,
  repositoryUrl,
  treePath,
} from './leaves.ts'

const source = z.strictObject({
  path: treePath.describe('folder below which every YAML document counts; `.` is the root'),
  renderer: z
    .enum(['plain', 'kustomize', 'helm'])
    .refine((value) => value === 'plain', {
      error: ({ input }) => `renderer ${String(input)} is not built yet; only plain is`,
    })
    .default('plain')
    .describe('how the files become objects; only `plain` (the documents as they stand) is built'),
  namespace: namespace
    .default('default')
    .describe('namespace of namespaced documents that name none, as `kubectl apply -n` would'),
  branch: branch.exactOptional().describe('one of `branches`; the first one by default'),
})

const auth = z.strictObject({
  tokenFile: absolutePath.exactOptional().describe('file with a token, for https'),
  sshKeyFile: absolutePath
    .exactOptional()
    .describe('file with a private key, for ssh; needs `knownHostsFile`'),
  knownHostsFile: absolutePath.exactOptional().describe('host keys to trust, for ssh'),
  caFile: absolutePath.exactOptional().describe('certificate authorities to trust, for https'),
})

const signatures = z.strictObject({
  require: z
    .literal('none', {
      error: ({ input }) =>
        input === undefined ? undefined : 'signature checks are not built yet; only none is',
    })
    .default('none')
    .describe('which signature a commit needs; only `none` is built'),
})

export const repositorySchema = z
  .strictObject({
    name: name.describe('how writers and messages name it'),
    url: repositoryUrl.describe(
      '`https://`, `ssh://` or `user@host:path`; `file://` for tests; never with a password inside',
    ),
    branches: z
      .array(branch)
      .min(1)
      .describe('only history reachable from these counts; exact names'),
    aliases: z
      .array(aliasUrl)
      .default([])
      .describe(
        'other URLs by which engines name it (an in-cluster mirror); compared, never opened',
      ),
    poll: duration.prefault('60s').describe('how often to fetch without a hint; at least `1s`'),
    sources: z
      .array(source)
      .prefault([])
      .describe('where manifests live and how they become objects'),
    signatures: signatures.prefault({}).describe('what a commit must be signed with'),
    maxStaleness: duration
      .prefault('1h')
      .describe('how old the last good fetch may be before claims are denied with MirrorStale'),
    grace: duration.prefault('10m').describe('how long a superseded commit is still accepted'),
    auth: auth.prefault({}).describe('how to log in; secrets are in files, never in the policy'),
    pushSecretFile: absolutePath
      .exactOptional()
      .describe(
        'file with the secret that signs push notifications (`POST /hooks/<name>`); without it none is accepted',
      ),
  })
  .transform((repository) => ({
    ...repository,
    sources: repository.sources.map((one) => ({
      ...one,
      branch: one.branch ?? repository.branches[0] ?? '',
    })),
  }))
