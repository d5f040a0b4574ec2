import assert from 'node:assert/strict'
import { test } from 'node:test'
import { namedCommits } from '../../../src/core/engines/named-commits.ts'
import {
  application,
  automated,
  newCommit,
  oldCommit,
  running,
  source,
  url,
} from './argo-cd/applications.ts'
import { gitRepository, kustomization } from './flux/objects.ts'

test('a source of Flux names what it has fetched', () => {
  const artifact = (revision: string) => gitRepository({ status: { artifact: { revision } } })
  assert.deepEqual(namedCommits(artifact(`main@sha1:${newCommit}`)), [{ url, commit: newCommit }])
  for (const revision of ['', 'main', `sha1:${newCommit.slice(1)}`]) {
    assert.deepEqual(namedCommits(artifact(revision)), [], revision)
  }
  assert.deepEqual(namedCommits(kustomization()), [])
})

test('an Application names what it compares, what it was told to apply, and what it does', () => {
  const commits = (object: Parameters<typeof namedCommits>[0]) =>
    namedCommits(object).map(({ commit }) => commit)
  assert.deepEqual(namedCommits(application()), [{ url, commit: oldCommit }])
  assert.deepEqual(commits(application({ operation: automated() })), [oldCommit, newCommit])
  const manual = running({ sync: { revision: 'main' } }, { result: { revision: newCommit } })
  assert.deepEqual(commits(manual), [oldCommit, newCommit])
})

test('of several sources each has a commit of its own', () => {
  const second = { ...source, repoURL: 'https://git.example.com/acme/other.git' }
  const several = (revisions: readonly string[]) =>
    application({ spec: { sources: [source, second] }, status: { sync: { revisions } } })
  assert.deepEqual(namedCommits(several([oldCommit, newCommit])), [
    { url, commit: oldCommit },
    { url: second.repoURL, commit: newCommit },
  ])
  assert.deepEqual(namedCommits(several([oldCommit])), [])
})

test('what is not as it should be names nothing', () => {
  for (const object of [{}, { kind: 'Application' }, { kind: 'GitRepository', status: 'x' }]) {
    assert.deepEqual(namedCommits(object), [])
  }
})
