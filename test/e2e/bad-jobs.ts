import { head } from './bad-claims.ts'
import { manifest } from './config-maps.ts'
import type { Fleet } from './fleet.ts'
import { audience } from './oidc-example.ts'
import type { Claims, OidcIssuers } from './oidc-issuer.ts'

/** Tokens as the CI systems of docs/policy.md give them to a job on main, with claims replaced. */
export interface Jobs {
  github(claims?: Claims, options?: Parameters<OidcIssuers['mint']>[2]): string
  gitlab(claims?: Claims): string
  /** Of an issuer whose mapping leaves claims out. */
  bare(claims?: Claims): string
}

export function jobsOf(issuers: OidcIssuers): Jobs {
  return {
    github: (claims = {}, options = {}) => {
      const name = typeof claims['repository'] === 'string' ? claims['repository'] : 'acme/fleet'
      const said = { sub: `repo:${name}:ref:refs/heads/main`, repository: name, ...claims }
      return issuers.mint('github', { ...ofGitHub, ...said }, { algorithm: 'RS256', ...options })
    },
    gitlab: (claims = {}) => issuers.mint('gitlab', { ...ofGitLab, ...claims }),
    bare: (claims = {}) =>
      issuers.mint('bare', { aud: audience, repository: 'acme/fleet', ...claims }),
  }
}

const ofGitHub = {
  aud: audience,
  repository_owner_id: '1342004',
  sha: '0'.repeat(40),
  ref: 'refs/heads/main',
  event_name: 'push',
}

const ofGitLab = {
  aud: audience,
  sub: 'project_path:acme/fleet:ref_type:branch:ref:main',
  project_path: 'acme/fleet',
  namespace_id: '9970',
  sha: '0'.repeat(40),
  ref: 'main',
  ref_type: 'branch',
  ref_path: 'refs/heads/main',
  pipeline_source: 'push',
}

interface Ground {
  readonly jobs: Jobs
  readonly fleet: Fleet
}

/** What tokens may say, why that is no proof, and words of the denial. */
export const badJobs: readonly (readonly [
  string,
  string,
  (ground: Ground) => Promise<string> | string,
  RegExp?,
])[] = [
  [
    'another branch',
    'EvidenceRefused',
    async ({ jobs, fleet }) => jobs.github({ sha: await head(fleet), ref: 'refs/heads/feature' }),
    /the job ran on refs\/heads\/feature; main count/,
  ],
  [
    'a tag of the branch',
    'EvidenceRefused',
    async ({ jobs, fleet }) => jobs.github({ sha: await head(fleet), ref: 'refs/tags/main' }),
  ],
  [
    'a branch by its short name',
    'EvidenceRefused',
    async ({ jobs, fleet }) => jobs.github({ sha: await head(fleet), ref: 'main' }),
  ],
  [
    'a merge request of GitLab',
    'EvidenceRefused',
    async ({ jobs, fleet }) =>
      jobs.gitlab({
        sha: await head(fleet),
        ref_path: 'refs/merge-requests/1/head',
        pipeline_source: 'merge_request_event',
      }),
  ],
  [
    'a pull request',
    'EvidenceRefused',
    async ({ jobs, fleet }) =>
      jobs.github({
        sha: await head(fleet),
        ref: 'refs/pull/1/merge',
        event_name: 'pull_request',
      }),
    /the job was started by pull_request; push, workflow_dispatch count/,
  ],
  [
    'a pull request that runs on the branch',
    'EvidenceRefused',
    async ({ jobs, fleet }) =>
      jobs.github({ sha: await head(fleet), event_name: 'pull_request_target' }),
  ],
  [
    'a repository that its writer may not apply',
    'RepositoryNotAllowed',
    async ({ jobs, fleet }) => jobs.github({ sha: await head(fleet), repository: 'acme/site' }),
  ],
  [
    'a repository that is no writer',
    'HumanWrite',
    async ({ jobs, fleet }) => jobs.github({ sha: await head(fleet), repository: 'acme/unlisted' }),
  ],
  [
    'an abbreviated commit',
    'CommitMalformed',
    async ({ jobs, fleet }) => jobs.github({ sha: (await head(fleet)).slice(0, 12) }),
  ],
  ['a commit that nobody pushed', 'CommitUnknown', ({ jobs }) => jobs.github()],
  [
    'a commit of a branch that is not merged',
    'CommitNotOnBranch',
    async ({ jobs, fleet }) => {
      await fleet.git(['update-ref', 'refs/heads/feature', 'main'])
      return jobs.github({ sha: await fleet.commit({ 'f.yaml': manifest('f') }, 'feature') })
    },
  ],
  [
    'no commit',
    'EvidenceMissing',
    ({ jobs }) => jobs.bare(),
    /its token lacks solewriter\.dev\/sha/,
  ],
  [
    'two refs',
    'EvidenceMissing',
    async ({ jobs, fleet }) => jobs.bare({ sha: await head(fleet) }),
    /its token lacks solewriter\.dev\/ref/,
  ],
]
