import type { JsonObject } from '../../src/core/manifest/json.ts'
import type { ApiRequest } from '../e2e/requester.ts'
import {
  apply,
  apps,
  asApplied,
  deployment,
  first,
  fleetSource,
  marksOf,
  merge,
  remove,
  root,
  theirs,
  undeclared,
} from './flux-attack-ground.ts'
import { configMap } from './flux-manifests.ts'
import { pathOf } from './flux-paths.ts'

export type Attack = readonly [title: string, request: ApiRequest, reasons: RegExp]

const content = /^ContentMismatch$/
const nowhere = /^(?:NotDeclared|EvidenceMissing)$/
const still = /^StillDeclared$/
const human = /^(?:HumanWrite|Protected)$/
const container = (spec: JsonObject) => ({
  spec: { template: { spec: { containers: [{ name: 'web', ...spec }] } } },
})
const strategic = (request: ApiRequest): ApiRequest => ({
  ...request,
  type: 'application/strategic-merge-patch+json',
})
const own = asApplied(configMap('first', { colour: 'red' }), 'apps')
const blue = { ...own, data: { colour: 'blue' } }
const invented = { ...first, name: 'invented' }
const scale = { spec: { replicas: 9 } }

/** With the token of kustomize-controller, while it says that it applies the newest commit. */
export const asKustomizeController: readonly Attack[] = [
  [
    'an object of its own making',
    apply(invented, asApplied(configMap('invented', {}), 'apps')),
    nowhere,
  ],
  ['one without marks', apply(invented, configMap('invented', {})), nowhere],
  [
    'one with marks of nobody',
    apply(invented, asApplied(configMap('invented', {}), 'no')),
    nowhere,
  ],
  ['another value', apply(first, blue), content],
  ['one more value', apply(first, { ...own, data: { colour: 'red', size: '1' } }), content],
  ['one value less', merge(first, { data: { colour: null } }), content],
  ['a label', merge(first, { metadata: { labels: { a: 'b' } } }), content],
  ['an annotation', merge(first, { metadata: { annotations: { 'a.b/c': 'd' } } }), content],
  ['a finalizer', merge(first, { metadata: { finalizers: ['a.b/c'] } }), content],
  [
    'a declared object, changed in a dry-run',
    apply(first, { ...own, data: {} }, '&dryRun=All'),
    content,
  ],
  [
    'marks of another Kustomization',
    merge(first, { metadata: { labels: marksOf('other') } }),
    nowhere,
  ],
  [
    'marks on what Git does not know',
    merge(undeclared, { metadata: { labels: marksOf('apps') } }),
    nowhere,
  ],
  ['an image', strategic(merge(deployment, container({ image: 'evil' }))), content],
  ['a command', strategic(merge(deployment, container({ command: ['sh'] }))), content],
  [
    'another container',
    strategic(merge(deployment, container({ name: 'x', image: 'x' }))),
    content,
  ],
  [
    'the network of the host',
    merge(deployment, { spec: { template: { spec: { hostNetwork: true } } } }),
    content,
  ],
  ['replicas', merge(deployment, scale), content],
  ['replicas by scale', merge(deployment, scale, '/scale'), content],
  ['the end of a declared object', remove(first), still],
  ['the end of one of another Kustomization', remove(theirs), still],
  ['the end of a namespace', remove({ kind: 'Namespace', name: 'shop' }), still],
  ['the end of a Kustomization', remove(apps), still],
  ['the end of what Git does not know', remove(undeclared), nowhere],
  ['a Kustomization', merge(apps, { spec: { path: './evil' } }), content],
  ['the root', merge(root, { spec: { path: './evil' } }), nowhere],
  [
    'the source of all',
    merge(fleetSource, { spec: { url: 'https://evil.example.com/x' } }),
    nowhere,
  ],
  ['a token', token('kustomize-controller'), /^(?:Protected|NotDeclared)$/],
]

/** With the token of helm-controller, which has nothing to apply here. */
export const asHelmController: readonly Attack[] = [
  ['what Git declares for another', apply(first, blue), content],
  ['an undeclared object', apply(invented, configMap('invented', {})), nowhere],
  ['the end of a declared one', remove(first), /^(?:StillDeclared|EvidenceMissing)$/],
  ['a record of a release that nobody declares', release(), /./],
]

/** With the token of source-controller, which applies nothing at all. */
export const asSourceController: readonly Attack[] = [
  ['an object', apply(first, blue), human],
  ['the source of all', merge(fleetSource, { spec: { ref: { branch: 'evil' } } }), human],
  ['the end of a declared object', remove(first), human],
]

/** People, administrators among them. */
export const byHand: readonly Attack[] = [
  ['a value', merge(first, { data: { colour: 'blue' } }), human],
  ['replicas', merge(deployment, scale, '/scale'), human],
  ['the end of an object', remove(first), human],
  ['a Kustomization: path', merge(apps, { spec: { path: './evil' } }), human],
  ['a Kustomization: patches', merge(apps, { spec: { patches: [{ patch: '{}' }] } }), human],
  [
    'a Kustomization: images',
    merge(apps, { spec: { images: [{ name: 'a', newTag: 'b' }] } }),
    human,
  ],
  [
    'a Kustomization: postBuild',
    merge(apps, { spec: { postBuild: { substitute: { a: 'b' } } } }),
    human,
  ],
  [
    'a Kustomization: targetNamespace',
    merge(apps, { spec: { targetNamespace: 'default' } }),
    human,
  ],
  ['a Kustomization: suspend', merge(apps, { spec: { suspend: true } }), human],
  ['a Kustomization: its source', merge(apps, { spec: { sourceRef: { kind: 'Bucket' } } }), human],
  [
    'the status of a Kustomization',
    merge(apps, { status: { lastAttemptedRevision: 'x' } }, '/status'),
    human,
  ],
  [
    'the inventory of a Kustomization',
    merge(apps, { status: { inventory: { entries: [] } } }, '/status'),
    human,
  ],
  ['the end of a Kustomization', remove(apps), human],
  ['the source: url', merge(fleetSource, { spec: { url: 'https://evil.example.com/x' } }), human],
  ['the source: branch', merge(fleetSource, { spec: { ref: { branch: 'evil' } } }), human],
  [
    'the status of the source',
    merge(fleetSource, { status: { artifact: null } }, '/status'),
    human,
  ],
  ['the root', merge(root, { spec: { path: './evil' } }), human],
]

function token(account: string): ApiRequest {
  const place = pathOf({ kind: 'ServiceAccount', namespace: 'flux-system', name: account })
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }
  return { method: 'POST', path: `${place}/token`, body }
}

function release(): ApiRequest {
  const labels = { name: 'x', owner: 'helm', status: 'deployed', version: '1' }
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'sh.helm.release.v1.x.v1', labels },
    type: 'helm.sh/release.v1',
  }
  return { method: 'POST', path: pathOf({ kind: 'Secret', namespace: 'shop' }), body }
}
