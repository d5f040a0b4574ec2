import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJson } from '../../../src/core/admission/parse-json.ts'
import { isJsonObject, type JsonObject } from '../../../src/core/manifest/json.ts'
import { readObjects } from '../../../src/core/manifest/documents.ts'
import { parseManifests } from '../../../src/core/manifest/parse.ts'
import { pinnedRoot, rootsYaml } from '../../../src/core/policy/pinned.ts'
import { isRoot, rootFor, specDigest } from '../../../src/core/policy/roots.ts'
import { goodPolicy, head } from './policies.ts'

const kustomization = `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec:
  interval: 10m0s
  path: ./clusters/prod
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
`
const reference = {
  group: 'kustomize.toolkit.fluxcd.io',
  kind: 'Kustomization',
  namespace: 'flux-system',
  name: 'flux-system',
}
const [read] = readObjects(parseManifests(kustomization), '').objects
const object: JsonObject = read?.object ?? {}

function pinned(text: string) {
  return readObjects(parseManifests(text), '').objects.map(pinnedRoot)
}

test('what pin prints is a root, and the object is it', () => {
  const roots = pinned(kustomization).map((one) =>
    typeof one === 'string' ? assert.fail(one) : one,
  )
  const yaml = rootsYaml(roots)
  assert.match(
    yaml,
    /^roots:\n- \{resource: kustomizations\.kustomize\.toolkit\.fluxcd\.io, namespace: "flux-system", name: "flux-system", digest: "sha256:[0-9a-f]{64}"\}\n$/,
  )
  const policy = goodPolicy(`${head}  ${yaml.replaceAll('\n', '\n  ')}\n`)
  assert.ok(isRoot(policy, reference, object))
  const spec = { ...(object['spec'] as JsonObject), path: './elsewhere' }
  assert.ok(!isRoot(policy, reference, { ...object, spec }))
  const { spec: _, ...none } = object
  assert.ok(!isRoot(policy, reference, none))
  for (const [key, value] of [
    ['group', 'example.com'],
    ['kind', 'HelmRelease'],
    ['namespace', 'shop'],
    ['name', 'other'],
  ] as const) {
    assert.ok(!isRoot(policy, { ...reference, [key]: value }, object), key)
  }
})

test('the digest is of what the spec means, and of nothing else', () => {
  const json = parseJson(
    Buffer.from(
      '{"spec":{"sourceRef":{"name":"flux-system","kind":"GitRepository"},"prune":true,"path":"./clusters/prod","interval":"10m0s"},"status":{"a":1}}',
    ),
  )
  assert.ok(isJsonObject(json))
  assert.equal(specDigest(json), specDigest(object))
  assert.notEqual(specDigest({ spec: { suspend: true } }), specDigest({ spec: {} }))
  assert.equal(specDigest({}), undefined)
})

test('a root by name alone counts whatever its spec is', () => {
  const policy = goodPolicy(
    `${head}  roots: [{resource: applications.argoproj.io, namespace: argocd, name: apps}]\n`,
  )
  const apps = { group: 'argoproj.io', kind: 'Application', namespace: 'argocd', name: 'apps' }
  assert.ok(isRoot(policy, apps, { spec: { project: 'any' } }))
  assert.equal(rootFor(policy, apps)?.digest, undefined)
  assert.equal(rootFor(policy, { ...apps, kind: 'AppProject' }), undefined)
})

const unfit: readonly [title: string, text: string, why: string | RegExp][] = [
  [
    'another kind',
    kustomization.replace('kustomize.toolkit.fluxcd.io/v1', 'kustomize.config.k8s.io/v1beta1'),
    /^is no object of an engine; those are Kustomization, HelmRelease, /,
  ],
  [
    'no namespace',
    kustomization.replace(', namespace: flux-system', ''),
    'must have a name and a namespace, as in the cluster',
  ],
  ['no spec', kustomization.replace(/spec:[^]*/, ''), 'has no spec'],
]
for (const [title, text, why] of unfit) {
  test(`an object with ${title} cannot be pinned`, () => {
    const [found] = pinned(text)
    assert.ok(typeof found === 'string')
    if (typeof why === 'string') assert.equal(found, why)
    else assert.match(found, why)
  })
}
