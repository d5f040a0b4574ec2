import assert from 'node:assert/strict'
import { test } from 'node:test'
import { head, writer, exception, issuesOf } from './policies.ts'

const roots =
  'kustomizations.kustomize.toolkit.fluxcd.io, helmreleases.helm.toolkit.fluxcd.io, buckets.source.toolkit.fluxcd.io, gitrepositories.source.toolkit.fluxcd.io, helmcharts.source.toolkit.fluxcd.io, helmrepositories.source.toolkit.fluxcd.io, ocirepositories.source.toolkit.fluxcd.io, applications.argoproj.io, applicationsets.argoproj.io, appprojects.argoproj.io, reposyncs.configsync.gke.io, rootsyncs.configsync.gke.io, helmreleases.helm.fluxcd.io'

const cases: readonly [title: string, text: string, issues: readonly string[]][] = [
  [
    'a missing header is named field by field',
    'spec: {}\n',
    ['1:1: apiVersion: is required', '1:1: kind: is required', '1:1: metadata: is required'],
  ],
  [
    'another version is refused',
    head.replace('v1alpha1', 'v1') + '  mode: audit\n',
    ['1:13: apiVersion: must be solewriter.dev/v1alpha1, not "solewriter.dev/v1"'],
  ],
  [
    'another kind is refused',
    head.replace('kind: Policy', 'kind: policy') + '  mode: audit\n',
    ['2:7: kind: must be Policy, not "policy" (did you mean "Policy"?)'],
  ],
  ['a missing spec is refused', head.replace('spec:\n', ''), ['1:1: spec: is required']],
  ['an empty spec is refused', head, ['4:6: spec: must be an object, not empty']],
  [
    'a name that is no DNS name is refused',
    head.replace('prod-eu-1', 'Prod_1') + '  mode: audit\n',
    ['3:18: metadata.name: must be lower-case letters, digits, dashes and dots, at most 253'],
  ],
  [
    'a misspelt mode is named with the right one',
    head + '  mode: enforced\n',
    [
      '5:9: spec.mode: must be one of off, audit, warn, enforce, sealed, not "enforced" (did you mean "enforce"?)',
    ],
  ],
  [
    'a mode that YAML 1.1 tools turned into false is refused',
    head + '  mode: false\n',
    ['5:9: spec.mode: must be one of off, audit, warn, enforce, sealed, not false'],
  ],
  [
    'an unknown key in spec is pointed at',
    head + '  mode: audit\n  excepions: []\n',
    ['6:3: spec.excepions: is not known (did you mean "exceptions"?)'],
  ],
  [
    'all unknown keys are named',
    head + '  x1: 1\n  modes: audit\n',
    [
      '5:3: spec.x1: is not known; known here: mode, scopes, repositories, writers, roots, exceptions, derived, tolerations, breakGlass, audit',
      '6:3: spec.modes: is not known (did you mean "mode"?)',
    ],
  ],
  [
    'a __proto__ key is an unknown key',
    head + '  "__proto__": {mode: off}\n',
    [
      '5:3: spec.__proto__: is not known; known here: mode, scopes, repositories, writers, roots, exceptions, derived, tolerations, breakGlass, audit',
    ],
  ],
  [
    'a list where an object belongs is refused',
    head + '  audit: []\n',
    ['5:10: spec.audit: must be an object, not a list'],
  ],
  [
    'an empty list item is refused',
    head + '  scopes:\n  -\n',
    ['6:4: spec.scopes[0]: must be an object, not empty'],
  ],
  [
    'a scope without a mode is refused',
    head + '  scopes:\n  - {namespaces: [a]}\n',
    ['6:5: spec.scopes[0].mode: is required'],
  ],
  [
    'a scope without namespaces in its list is refused',
    head + '  scopes:\n  - {namespaces: [], mode: audit}\n',
    ['6:18: spec.scopes[0].namespaces: must not be empty'],
  ],
  [
    'a namespace pattern is not a regular expression',
    head + '  scopes:\n  - {namespaces: ["a|b", ok-*], mode: audit}\n',
    ['6:19: spec.scopes[0].namespaces[0]: must be a namespace or a pattern such as sandbox-*'],
  ],
  [
    'a scope names resources with their group',
    head +
      '  scopes:\n  - {resources: [deployments, Secret, secret, "*", v1/pods, deployments.v1.apps], mode: audit}\n',
    [
      '6:18: spec.scopes[0].resources[0]: has a group: write deployments.apps',
      '6:31: spec.scopes[0].resources[1]: must be resource[.group][/subresource] in plural lower case, such as deployments.apps/scale',
      '6:39: spec.scopes[0].resources[2]: is not a resource of the core group: write resource.group (did you mean "secrets"?)',
      '6:47: spec.scopes[0].resources[3]: must not contain a wildcard: name each resource',
      '6:52: spec.scopes[0].resources[4]: is not a resource of the core group: write resource.group',
      '6:61: spec.scopes[0].resources[5]: must not name a version',
    ],
  ],
  [
    'a root names one object of an engine',
    head +
      '  roots:\n  - {resource: kustomizations.kustomize.toolkit.fluxcd.io, name: a}\n' +
      '  - {resource: kustomisations.kustomize.toolkit.fluxcd.io, namespace: "*", name: "a*", digest: "sha256:0"}\n' +
      '  - {resource: deployments.apps, namespace: a, name: a}\n',
    [
      '6:5: spec.roots[0].namespace: is required',
      '7:16: spec.roots[1].resource: is no object of an engine (did you mean "kustomizations.kustomize.toolkit.fluxcd.io"?)',
      '7:71: spec.roots[1].namespace: must be the exact name of one namespace',
      '7:82: spec.roots[1].name: must be the exact name of one object',
      '7:96: spec.roots[1].digest: must be sha256: and 64 digits',
      `8:16: spec.roots[2].resource: is no object of an engine; those are ${roots}`,
    ],
  ],
  [
    'a root is written once',
    head +
      '  roots:\n  - {resource: applications.argoproj.io, namespace: argocd, name: a}\n' +
      `  - {resource: applications.argoproj.io, namespace: argocd, name: a, digest: "sha256:${'0'.repeat(64)}"}\n`,
    ['7:5: spec.roots[1]: is also roots[0]'],
  ],
  [
    'tolerations name resources and fields',
    head +
      '  tolerations:\n  - {resources: ["*", pods], fields: ["a..b"]}\n  - {resources: [pods], fields: []}\n',
    [
      '6:18: spec.tolerations[0].resources[0]: must not contain a wildcard: name each resource',
      '6:39: spec.tolerations[0].fields[0]: field path "a..b" cannot be read from character 2: write dotted keys, ["quoted key"], [*] or [mergeKey=value], or * for everything',
      '7:33: spec.tolerations[1].fields: must not be empty',
    ],
  ],
  [
    'a misspelt part of break-glass is an unknown key',
    head + '  breakGlass: {isuers: []}\n',
    ['5:16: spec.breakGlass.isuers: is not known (did you mean "issuers"?)'],
  ],
  [
    'an unknown durability is refused',
    head + '  audit: {durability: dsik}\n',
    ['5:23: spec.audit.durability: must be one of file, disk, not "dsik" (did you mean "disk"?)'],
  ],
  [
    'faults far apart are reported together',
    head +
      '  mode: enforced\n' +
      writer.replace('[fleet]', '[flet]') +
      exception('{resources: [pods], operations: [UPDATE], namespaces: [a]}'),
    [
      '5:9: spec.mode: must be one of off, audit, warn, enforce, sealed, not "enforced" (did you mean "enforce"?)',
      '14:20: spec.writers[0].repositories[0]: names no repository of this policy: "flet" (did you mean "fleet"?)',
      '20:7: spec.exceptions[0].allow[0]: needs fields for UPDATE: the ones that may change, or "*"',
    ],
  ],
  [
    'a duplicate key is refused, and what else is wrong is said too',
    head + '  mode: audit\n  mode: off\n  x: 1\n',
    [
      '6:3: cannot be read as YAML: Map keys must be unique',
      '7:3: spec.x: is not known; known here: mode, scopes, repositories, writers, roots, exceptions, derived, tolerations, breakGlass, audit',
    ],
  ],
  [
    'a second document is refused',
    head + '  mode: audit\n---\na: 1\n',
    ['6:1: must be one document: this starts another one'],
  ],
  [
    'an alias is refused',
    head + '  mode: &m audit\n  scopes: [{mode: *m}]\n',
    ['6:19: aliases are not supported: write the value out'],
  ],
  [
    'a merge key is an unknown key',
    head + '  <<: {mode: off}\n',
    [
      '5:3: spec["<<"]: is not known; known here: mode, scopes, repositories, writers, roots, exceptions, derived, tolerations, breakGlass, audit',
    ],
  ],
  [
    'an unknown tag is refused',
    head + '  mode: !secret audit\n',
    ['5:9: cannot be read as YAML: Unresolved tag: !secret'],
  ],
  [
    'text that is no YAML is refused',
    head + '  mode: [audit\n',
    [
      '6:1: cannot be read as YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
  ],
  [
    'a tab is refused with its place',
    head + '  mode: audit\n\tscopes: []\n',
    ['6:1: cannot be read as YAML: Tabs are not allowed as indentation'],
  ],
  ['an empty file is refused', '', ['1:1: is empty']],
  ['a file of comments is refused', '# nothing\n', ['1:1: is empty']],
  ['a text is refused', 'policy\n', ['1:1: must be an object, not a text']],
  ['a list is refused', '- a\n', ['1:1: must be an object, not a list']],
]

const yaml: typeof cases = [
  [
    'a %YAML directive is refused, because 1.1 merges keys and reads off as false',
    `%YAML 1.1\n---\n${head}  <<: {mode: enforce}\n`,
    ['1:1: a %YAML directive is not supported: the file is YAML 1.2', '7:3: a key must be a text'],
  ],
  [
    'a key that is no text is refused',
    `${head}  ? {a: b}\n  : c\n  1: d\n  ? \n  : e\n`,
    ['5:5: a key must be a text', '7:3: a key must be a text', '8:5: a key must be a text'],
  ],
  [
    'binary data is no text',
    `${head}  mode: !!binary b2Zm\n`,
    ['5:18: spec.mode: must be one of off, audit, warn, enforce, sealed, not an object'],
  ],
  [
    'a number is no text',
    `${head.replace('prod-eu-1', '123')}  {}\n`,
    ['3:18: metadata.name: must be a text, not a number'],
  ],
  [
    'lines that end as in Windows count as lines',
    `${head}  mode: enforced\n`.replaceAll('\n', '\r\n'),
    [
      '5:9: spec.mode: must be one of off, audit, warn, enforce, sealed, not "enforced" (did you mean "enforce"?)',
    ],
  ],
  [
    'a NUL byte is refused',
    `${head}  mode: audit\n\0`,
    ['6:1: cannot be read as YAML: Implicit map keys need to be followed by map values'],
  ],
]

for (const [title, text, issues] of [...cases, ...yaml]) {
  test(title, () => {
    assert.deepEqual(issuesOf(text), issues)
  })
}
