import { z } from 'zod'
import {
  absolutePath,
  aliasUrl,
  branch,
  duration,
  name,
  namespace,
  repositoryUrl,
  treeFile,
  treePath,
} from './leaves.ts'

const helm = z.strictObject({
  releaseName: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9.-]{0,51}[a-z0-9])?$/, 'must be the name of a release, at most 53')
    .describe('name of the release, as the engine installs it'),
  valuesFiles: z
    .array(treeFile)
    .default([])
    .describe(
      "files relative to the root of the repository, on top of the chart's own values.yaml; later ones win",
    ),
  includeCRDs: z.boolean().default(true).describe("whether the chart's `crds/` are installed too"),
  kubeVersion: z
    .string()
    .regex(/^v?\d+\.\d+(?:\.\d+)?$/, 'must be a Kubernetes version such as 1.36.0')
    .exactOptional()
    .describe("`.Capabilities.KubeVersion`; helm's own default without it"),
  apiVersions: z
    .array(
      z
        .string()
        .regex(/^[\w.-]+(?:\/[\w.-]+){0,2}$/, 'must be a version such as monitoring.coreos.com/v1'),
    )
    .default([])
    .describe("what `.Capabilities.APIVersions` has on top of helm's own list"),
})

const source = z.strictObject({
  path: treePath.describe(
    'folder of the manifests, the kustomization or the chart; `.` is the root',
  ),
  renderer: z
    .enum(['plain', 'kustomize', 'helm'])
    .default('plain')
    .describe(
      'how the files become objects: every YAML document below `path` as it stands, `kustomize build`, or `helm template`',
    ),
  namespace: namespace
    .default('default')
    .describe('namespace of namespaced documents that name none, as `kubectl apply -n` would'),
  branch: branch.exactOptional().describe('one of `branches`; the first one by default'),
  helm: helm.exactOptional().describe('how the chart is installed; with `renderer: helm` only'),
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
