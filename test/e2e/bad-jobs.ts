import { head } from './bad-claims.ts'
import { manifest } from './config-maps.ts'
import type { Fleet } from './fleet.ts'
import { audience } from './oidc-example.ts'
import type { Claims, MintOptions, OidcIssuers } from './oidc-issuer.ts'

/** Tokens as the CI systems of docs/policy.md give them to a job on main, with claims replaced. */
export interface Jobs {
  github(claims?: Claims, options?: MintOptions): Promise<string>
  gitlab(claims?: Claims, options?: MintOptions): Promise<string>
  /** Of an issuer whose mapping leaves claims out. */
  bare(claims?: Claims): Promise<string>
}

export function jobsOf(issuers: OidcIssuers): Jobs {
  return {
    github: (claims = {}, options = {}) => {
      const name = typeof claims['repository'] === 'string' ? claims['repository'] : 'acme/fleet'
      const said = { sub: `repo:${name}:ref:refs/heads/main`, repository: name, ...claims }
      return issuers.mint('github', { ...ofGitHub, ...said }, { algorithm: 'RS256', ...options })
    },
    gitlab: (claims = {}, options = {}) => {
      const name =
        typeof claims['project_path'] === 'string' ? claims['project_path'] : 'acme/fleet'
      const said = { sub: `project_path:${name}:ref_type:branch:ref:main`, project_path: name }
      const all = { ...ofGitLab, ...said, ...claims }
      return issuers.mint('gitlab', all, { algorithm: 'RS256', ...options })
    },
    bare: (claims = {}) =>
      issuers.mint('bare', { aud: audience, repository: 'acme/fleet', ...claims }),
  }
}

// https://docs.github.com/en/actions/reference/security/oidc
const ofGitHub = {
  aud: audience,
  repository_id: '74003921',
  repository_owner: 'acme',
  repository_owner_id: '1342004',
  actor: 'dana',
  sha: '0'.repeat(40),
  ref: 'refs/heads/main',
  ref_type: 'branch',
  ref_protected: 'true',
  event_name: 'push',
  job_workflow_ref: 'acme/fleet/.github/workflows/deploy.yaml@refs/heads/main',
}

// https://docs.gitlab.com/ci/secrets/id_token_authentication/
const ofGitLab = {
  aud: audience,
  project_id: '20',
  namespace_id: '9970',
  namespace_path: 'acme',
  user_login: 'dana',
  sha: '0'.repeat(40),
  ref: 'main',
  ref_type: 'branch',
  ref_path: 'refs/heads/main',
  ref_protected: 'true',
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
    'another branch of GitLab',
    'EvidenceRefused',
    async ({ jobs, fleet }) =>
      jobs.gitlab({ sha: await head(fleet), ref: 'feature', ref_path: 'refs/heads/feature' }),
    /the job ran on refs\/heads\/feature; main count/,
  ],
  [
    'a tag of GitLab with the name of the branch',
    'EvidenceRefused',
    async ({ jobs, fleet }) =>
      jobs.gitlab({ sha: await head(fleet), ref_type: 'tag', ref_path: 'refs/tags/main' }),
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
    'a merge request of GitLab that runs on the branch',
    'EvidenceRefused',
    async ({ jobs, fleet }) =>
      jobs.gitlab({ sha: await head(fleet), pipeline_source: 'merge_request_event' }),
    /the job was started by merge_request_event; push count/,
  ],
  [
    'a fork of GitLab in the same group',
    'HumanWrite',
    async ({ jobs, fleet }) =>
      jobs.gitlab({ sha: await head(fleet), project_path: 'acme/fork-of-fleet' }),
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
    'two refs by the mapping',
    'EvidenceMissing',
    async ({ jobs, fleet }) => jobs.bare({ sha: await head(fleet) }),
    /its token lacks solewriter\.dev\/ref/,
  ],
  [
    'two refs by the token',
    'EvidenceMissing',
    async ({ jobs, fleet }) =>
      jobs.github({ sha: await head(fleet), ref: ['refs/heads/main', 'refs/heads/feature'] }),
    /its token lacks solewriter\.dev\/ref/,
  ],
  [
    'two commits',
    'EvidenceMissing',
    async ({ jobs, fleet }) => jobs.gitlab({ sha: [await head(fleet), '0'.repeat(40)] }),
    /its token lacks solewriter\.dev\/sha/,
  ],
  [
    'two events',
    'EvidenceMissing',
    async ({ jobs, fleet }) =>
      jobs.gitlab({ sha: await head(fleet), pipeline_source: ['push', 'merge_request_event'] }),
    /its token lacks solewriter\.dev\/event/,
  ],
]
