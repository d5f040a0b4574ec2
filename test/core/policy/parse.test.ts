import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatIssue } from '../../../src/core/policy/issue.ts'
import { parsePolicy } from '../../../src/core/policy/parse.ts'
import {
  exception,
  cleanPolicy,
  fullPolicy,
  goodPolicy,
  head,
  issuesOf,
  repository,
  writer,
} from './policies.ts'

test('a policy with every built feature is read', () => {
  const { spec, metadata } = goodPolicy(fullPolicy)
  assert.equal(metadata.name, 'prod-eu-1')
  assert.deepEqual(
    spec.scopes.map(({ mode }) => mode),
    ['audit', 'off', 'sealed'],
  )
  assert.deepEqual(spec.repositories[0], {
    name: 'fleet',
    url: 'https://git.example.com/acme/fleet.git',
    branches: ['main', 'release/1.0'],
    aliases: ['http://git.internal:3000/acme/fleet', 'git@git.example.com:acme/fleet.git'],
    poll: 90_000,
    sources: [
      { path: 'clusters/prod', renderer: 'plain', namespace: 'shop', branch: 'main' },
      { path: '', renderer: 'plain', namespace: 'default', branch: 'release/1.0' },
    ],
    signatures: { require: 'none' },
    maxStaleness: 7_200_000,
    grace: 0,
    auth: { tokenFile: '/etc/solewriter/git-token', caFile: '/etc/solewriter/git-ca.crt' },
    pushSecretFile: '/etc/solewriter/push-secret',
  })
  assert.deepEqual(
    spec.writers.map(({ subject }) => subject),
    [
      {
        kind: 'serviceAccount',
        namespace: 'ci',
        name: 'deployer',
        username: 'system:serviceaccount:ci:deployer',
        groups: ['system:serviceaccounts:ci'],
      },
      { kind: 'user', username: 'https://token.example.com#acme/fleet', groups: [] },
    ],
  )
  assert.deepEqual(spec.exceptions[1]?.subject, { kind: 'group', group: 'developers' })
  assert.deepEqual(spec.audit, { durability: 'disk' })
})

test('an empty spec has the documented defaults and lets nobody write', () => {
  assert.deepEqual(goodPolicy(`${head}  {}\n`).spec, {
    mode: 'audit',
    scopes: [],
    repositories: [],
    writers: [],
    roots: [],
    exceptions: [],
    derived: [],
    tolerations: [],
    breakGlass: { issuers: [], rules: [], sinks: [], lockdown: false, annotationCarrier: false },
    audit: { durability: 'file' },
  })
})

test('a repository and a writer have the documented defaults', () => {
  const { spec } = goodPolicy(head + writer)
  assert.deepEqual(spec.repositories[0], {
    name: 'fleet',
    url: 'https://git.example.com/fleet',
    branches: ['main'],
    aliases: [],
    poll: 60_000,
    sources: [],
    signatures: { require: 'none' },
    maxStaleness: 3_600_000,
    grace: 600_000,
    auth: {},
  })
  assert.deepEqual(spec.writers[0], {
    name: 'ci',
    subject: {
      kind: 'serviceAccount',
      namespace: 'ci',
      name: 'deployer',
      username: 'system:serviceaccount:ci:deployer',
      groups: [],
    },
    podBound: false,
    impersonated: false,
    evidence: ['annotation'],
    oidc: {
      repository: 'solewriter.dev/repository',
      sha: 'solewriter.dev/sha',
      ref: 'solewriter.dev/ref',
      event: 'solewriter.dev/event',
    },
    events: ['push'],
    repositories: ['fleet'],
    verify: 'content',
    namespaces: ['*'],
  })
})

test('a policy written as JSON is a policy', () => {
  const json = JSON.stringify({
    apiVersion: 'solewriter.dev/v1alpha1',
    kind: 'Policy',
    metadata: { name: 'p' },
    spec: { mode: 'enforce' },
  })
  assert.equal(goodPolicy(json).spec.mode, 'enforce')
})

test('modes that YAML 1.1 reads as booleans are texts', () => {
  assert.equal(goodPolicy(`${head}  mode: off\n`).spec.mode, 'off')
})

test('the policy is frozen all the way down', () => {
  const check = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    assert.ok(Object.isFrozen(value))
    Object.values(value).forEach(check)
  }
  check(goodPolicy(fullPolicy))
})

test('the hash is of what the policy means, not of how it is written', () => {
  const hash = (text: string): string => {
    const parsed = parsePolicy(text, 'p')
    return parsed.kind === 'ok' ? parsed.hash : assert.fail()
  }
  const plain = hash(`${head}  mode: audit\n`)
  assert.match(plain, /^sha256:[0-9a-f]{64}$/)
  assert.equal(hash(`# why\n${head}  audit: {durability: file}\n`), plain)
  assert.notEqual(hash(`${head}  mode: enforce\n`), plain)
  assert.notEqual(hash(`${head}  mode: audit\n`.replace('prod-eu-1', 'prod-eu-2')), plain)
})

const engineWriter = writer.replace('[annotation]', '[flux]')

const warned: readonly [title: string, text: string, warnings: readonly string[]][] = [
  ['a clean policy has no warnings', cleanPolicy, []],
  [
    'a level at which content is not compared',
    `${head}${repository}    sources: [{path: .}]\n${writer.slice(repository.length)}    verify: declared\n`,
    [
      '15:13: spec.writers[0].verify: is lower than content: it may write anything into the objects that a commit declares',
    ],
  ],
  [
    'a level at which nothing but the commit counts',
    `${head}${writer}    verify: commit\n`,
    [
      '14:13: spec.writers[0].verify: is lower than content: whatever it writes is admitted under any commit that counts',
    ],
  ],
  [
    'a toleration of everything',
    `${head}  tolerations:\n  - {resources: ["*"], fields: [metadata.labels, "*"]}\n  - {resources: [pods], fields: [spec]}\n`,
    [
      '6:50: spec.tolerations[0].fields[1]: is the whole object: there is nothing left to compare',
      '7:34: spec.tolerations[1].fields[0]: is the whole spec: there is little left to compare',
    ],
  ],
  [
    'a repository without sources declares nothing',
    `${head}${writer}    verify: content\n`,
    [
      '13:20: spec.writers[0].repositories[0]: repository fleet has no sources, so it declares nothing: every write will be NotDeclared',
    ],
  ],
  [
    'a local directory is for tests',
    head + repository.replace('https://git.example.com', 'file:///srv'),
    ['7:10: spec.repositories[0].url: is a local directory: meant for tests'],
  ],
  [
    'an ssh URL needs keys',
    head + repository.replace('https://git.example.com/', 'git@git.example.com:'),
    [
      '7:10: spec.repositories[0].url: is an ssh URL without auth.sshKeyFile and auth.knownHostsFile: no host will be trusted',
    ],
  ],
  [
    'a source below another one declares its objects twice',
    `${head}${repository}    sources: [{path: a/b}, {path: a}, {path: ab}]\n`,
    [
      '9:22: spec.repositories[0].sources[0].path: is below source "a": each object there is declared twice, and so not at all',
    ],
  ],
  [
    'the account of every Pod is a doubtful writer',
    `${head}${repository}    sources: [{path: .}]\n${writer.slice(repository.length).replace('ci/deployer', 'ci/default')}`,
    [
      '12:31: spec.writers[0].subject.serviceAccount: is the account of every Pod of its namespace that names none',
    ],
  ],
  [
    'annotations before the claims of a job',
    `${head}  repositories:
  - {name: fleet, url: "https://git.example.com/fleet.git", branches: [main], sources: [{path: prod}]}
  writers:
  - {name: jobs, subject: {user: jobs}, evidence: [annotation, oidc], repositories: [fleet]}
`,
    [
      '8:52: spec.writers[0].evidence[0]: comes before oidc: whoever has the token of any job may then name any commit that counts',
    ],
  ],
  [
    'a root by name alone',
    `${head}  roots:\n  - {resource: applications.argoproj.io, namespace: argocd, name: apps}\n`,
    [
      '6:5: spec.roots[0]: is a root by name alone: whatever its spec says counts, also after a change under a grant; solewriter policy pin prints it with its digest',
    ],
  ],
  [
    'an impersonated writer is known by less',
    `${head}${engineWriter.replace('ci/deployer', 'team-a/flux')}    impersonated: true\n`,
    [
      '14:19: spec.writers[0].impersonated: is known by its name alone: an impersonated request carries no credential, so whoever may impersonate the account counts as the engine; what it may write is still only what Git declares and the engine is applying',
    ],
  ],
  [
    'annotations for an engine that could be asked itself',
    `${head}${engineWriter.replace('ci/deployer', 'flux-system/kustomize-controller').replace('[flux]', '[flux, annotation]')}`,
    [
      '12:22: spec.writers[0].evidence[1]: is weak for an engine: whoever writes what it applies writes the annotations too, and no stock engine keeps them up to date; evidence flux asks Flux itself',
    ],
  ],
  [
    'annotations for an engine with a prefix to its names',
    `${head}${repository}    sources: [{path: .}]\n${writer.slice(repository.length).replace('ci/deployer', 'gitops/acme-argocd-application-controller')}`,
    [
      '13:16: spec.writers[0].evidence[0]: is weak for an engine: whoever writes what it applies writes the annotations too, and no stock engine keeps them up to date; evidence argo-cd asks Argo CD itself',
    ],
  ],
  [
    'Config Sync says nothing of its own accord',
    `${head}${repository}    sources: [{path: .}]\n  writers:\n  - {preset: config-sync, repositories: [fleet]}\n`,
    [
      '11:14: spec.writers[0].preset: is evidence annotation: Config Sync adds neither solewriter.dev/repo nor solewriter.dev/commit, so CI has to write them into what it applies',
    ],
  ],
  [
    'a repository that no engine could name',
    `${head}${engineWriter.replace('https://git.example.com', 'file:///srv')}`,
    [
      '7:10: spec.repositories[0].url: is a local directory: meant for tests',
      '13:20: spec.writers[0].repositories[0]: repository fleet has no URL that an engine could name, http, https or ssh: add the one that it uses to aliases, or each claim is RepositoryNotAllowed',
    ],
  ],
  [
    'a repository that an engine can name by an alias needs no sources',
    `${head}${engineWriter.replace('url: https://git.example.com/fleet', 'url: file:///srv/fleet\n    aliases: ["http://127.0.0.1:1/fleet"]')}`,
    ['7:10: spec.repositories[0].url: is a local directory: meant for tests'],
  ],
  [
    'two writers with one account, apart by groups',
    `${head}${engineWriter}  - {name: two, subject: {serviceAccount: ci/deployer, groups: [a]}, evidence: [flux], repositories: [fleet]}\n`,
    [
      '14:26: spec.writers[1].subject: has the account of writer ci too: whoever is in the groups of both is ci',
    ],
  ],
  [
    'a scope that matches everything hides the ones after it',
    `${head}  scopes:\n  - {mode: warn}\n  - {namespaces: [a], mode: enforce}\n`,
    ['6:5: spec.scopes[0]: matches everything: the scopes after it are never reached'],
  ],
]

for (const [title, text, warnings] of warned) {
  test(`warning: ${title}`, () => {
    const parsed = parsePolicy(text, 'p')
    const found = parsed.kind === 'ok' ? parsed.warnings : assert.fail()
    assert.deepEqual(
      found.map((issue) => formatIssue(issue).slice(2)),
      warnings,
    )
  })
}

test('text that nests deeper than the parser can go is refused, not thrown', () => {
  for (const depth of [1_000, 3_000, 100_000]) {
    assert.notDeepEqual(issuesOf('['.repeat(depth)), [])
    assert.notDeepEqual(issuesOf('{a: '.repeat(depth)), [])
    assert.notDeepEqual(issuesOf(`a: ${'['.repeat(depth)}${']'.repeat(depth)}`), [])
  }
})

test('a policy longer than a ConfigMap is refused', () => {
  const long = `${head}  mode: audit\n# ${'x'.repeat(1024 * 1024)}\n`
  assert.deepEqual(issuesOf(long), ['1:1: must be at most 1048576 characters long'])
})

test('half a surrogate pair is refused, because it has no canonical text', () => {
  const text = head + exception('{resources: [pods], operations: [DELETE], namespaces: [a]}')
  assert.deepEqual(issuesOf(text.replace('because', '"\\ud800"')), [
    '1:1: the object holds text with half a surrogate pair',
  ])
})

test('a message shows neither line breaks nor long texts of the file', () => {
  const [issue = ''] = issuesOf(`${head}  mode: "a\\nb\\u001b[31m${'x'.repeat(500)}"\n`)
  assert.match(issue, /^5:9: spec\.mode: must be one of .*, not "a\\nb\\u001b\[31mx+…"$/)
  assert.ok(issue.length < 200)
})
