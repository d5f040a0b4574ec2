import { stringify } from 'yaml'
import type { Root } from './engine-apis.ts'
import type { EngineName } from './plan.ts'
import type { GitUrls } from './policy-aliases.ts'

interface DefaultPolicyOptions {
  readonly name: string
  readonly repositories: readonly string[]
  /** NAME -> URL at which engines find the repository. */
  readonly git: GitUrls
  readonly engines: readonly EngineName[]
  /** The engine objects with which the cluster starts. */
  readonly roots: readonly Root[]
}

/** `enforce` everywhere, with `ci` and each engine as writers of every repository. */
export function defaultPolicy(options: DefaultPolicyOptions): string {
  const { name, repositories, git, engines, roots } = options
  const ci = {
    name: 'ci',
    subject: { serviceAccount: 'ci/deployer' },
    evidence: ['annotation'],
    repositories,
    verify: 'content',
  }
  const writers = [ci, ...engines.map((engine) => ({ name: engine, preset: engine, repositories }))]
  const policy = {
    apiVersion: 'solewriter.dev/v1alpha1',
    kind: 'Policy',
    metadata: { name },
    spec: {
      mode: 'enforce',
      repositories: repositories.map((repository) => ({
        name: repository,
        url: `https://git.example.com/${repository}.git`,
        branches: ['main'],
        ...(git[repository] === undefined ? {} : { aliases: [git[repository]] }),
        poll: '2s',
        sources: [{ path: '.', renderer: 'plain' }],
      })),
      writers: repositories.length === 0 ? [] : writers,
      ...(roots.length === 0 ? {} : { roots }),
    },
  }
  // A policy has no anchors.
  return stringify(policy, { aliasDuplicateObjects: false })
}
