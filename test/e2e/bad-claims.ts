import { manifest, type Said } from './config-maps.ts'
import type { Fleet } from './fleet.ts'

/** What the gate fetches from, by the names that the policy has for them. */
export interface Repositories {
  /** Declares `a.yaml`; only its branch main counts. */
  readonly fleet: Fleet
  readonly patient: Fleet
}

/** Where a writer may say that an object comes from, and why that is no proof. */
export const badClaims: readonly (readonly [
  string,
  string,
  (git: Repositories) => Promise<Said> | Said,
])[] = [
  [
    'an abbreviated commit',
    'CommitMalformed',
    async ({ fleet }) => ({ commit: (await head(fleet)).slice(0, 12) }),
  ],
  [
    'an upper-case commit',
    'CommitMalformed',
    async ({ fleet }) => ({ commit: (await head(fleet)).toUpperCase() }),
  ],
  [
    'a trailing space',
    'CommitMalformed',
    async ({ fleet }) => ({ commit: `${await head(fleet)} ` }),
  ],
  [
    'a second line',
    'CommitMalformed',
    async ({ fleet }) => ({ commit: `${await head(fleet)}\nmain` }),
  ],
  ['a branch', 'CommitMalformed', () => ({ commit: 'main' })],
  ['a search', 'CommitMalformed', () => ({ commit: ':/test' })],
  ['an option', 'CommitMalformed', () => ({ commit: '--output=/tmp/a' })],
  ['an empty commit', 'CommitMalformed', () => ({ commit: '' })],
  ['a huge commit', 'CommitMalformed', () => ({ commit: 'a'.repeat(200_000) })],
  ['no commit at all', 'EvidenceMissing', () => ({})],
  [
    'no repository',
    'EvidenceMissing',
    async ({ fleet }) => ({ repo: null, commit: await head(fleet) }),
  ],
  ['the null commit', 'CommitUnknown', () => ({ commit: '0'.repeat(40) })],
  ['an id of the other length', 'CommitUnknown', () => ({ commit: 'a'.repeat(64) })],
  ['a tree', 'CommitUnknown', async ({ fleet }) => ({ commit: await head(fleet, 'main^{tree}') })],
  ['a file', 'CommitUnknown', async ({ fleet }) => ({ commit: await head(fleet, 'main:a.yaml') })],
  [
    'a tag object',
    'CommitUnknown',
    async ({ fleet }) => {
      await fleet.git(['tag', '-f', '-a', '-m', 'release', 'v1', 'main'])
      return { commit: await head(fleet, 'v1') }
    },
  ],
  [
    'a commit of another repository',
    'CommitUnknown',
    async ({ patient }) => ({ commit: await head(patient) }),
  ],
  [
    'a branch that is not merged',
    'CommitNotOnBranch',
    async ({ fleet }) => ({ commit: await fork(fleet, 'feature') }),
  ],
  [
    'a branch that is gone',
    'CommitUnknown',
    async ({ fleet }) => {
      const commit = await fork(fleet, 'gone')
      await fleet.git(['update-ref', '-d', 'refs/heads/gone'])
      return { commit }
    },
  ],
  [
    'a repository of others',
    'RepositoryNotAllowed',
    async ({ fleet }) => ({
      repo: 'https://git.example.com/evil/fleet.git',
      commit: await head(fleet),
    }),
  ],
  [
    'a host that goes on',
    'RepositoryNotAllowed',
    async ({ fleet }) => ({
      repo: 'https://git.example.com.evil.example/acme/fleet.git',
      commit: await head(fleet),
    }),
  ],
  [
    'a user that looks like the host',
    'RepositoryNotAllowed',
    async ({ fleet }) => ({
      repo: 'https://git.example.com@evil.example/acme/fleet.git',
      commit: await head(fleet),
    }),
  ],
  [
    'a letter of another alphabet',
    'RepositoryNotAllowed',
    async ({ fleet }) => ({
      repo: 'https://gіt.example.com/acme/fleet.git',
      commit: await head(fleet),
    }),
  ],
  [
    'a file URL',
    'RepositoryNotAllowed',
    async ({ fleet }) => ({ repo: `file://${fleet.directory}`, commit: await head(fleet) }),
  ],
  [
    'another case of the name',
    'RepositoryNotAllowed',
    async ({ fleet }) => ({ repo: 'Fleet', commit: await head(fleet) }),
  ],
  [
    'an empty repository',
    'RepositoryNotAllowed',
    async ({ fleet }) => ({ repo: '', commit: await head(fleet) }),
  ],
]

export function head(repository: Fleet, what = 'main'): Promise<string> {
  return repository.git(['rev-parse', what])
}

async function fork(fleet: Fleet, branch: string): Promise<string> {
  await fleet.git(['update-ref', `refs/heads/${branch}`, 'main'])
  return fleet.commit({ [`${branch}.yaml`]: manifest('kept-not') }, branch)
}
