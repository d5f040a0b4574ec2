import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../src/core/manifest/json.ts'
import { editFound, editGenerated } from '../../src/render/flux-kustomization.ts'

/** Without a prototype, as everything that is read, and so as plain objects for comparison. */
function plainOf(value: JsonObject | string): unknown {
  return typeof value === 'string' ? value : JSON.parse(JSON.stringify(value))
}

describe('what kustomize-controller makes of a kustomization', () => {
  const base = { resources: ['a.yaml'] }
  const cases: readonly (readonly [string, JsonObject, JsonObject, JsonObject])[] = [
    ['nothing to add', base, {}, base],
    [
      'what is set takes the place of what the file sets',
      { ...base, namespace: 'old', namePrefix: 'old-' },
      { targetNamespace: 'new', namePrefix: 'new-', nameSuffix: '-x' },
      { ...base, namespace: 'new', namePrefix: 'new-', nameSuffix: '-x' },
    ],
    [
      'an empty text sets nothing',
      { ...base, namePrefix: 'a' },
      { namePrefix: '' },
      { ...base, namePrefix: 'a' },
    ],
    [
      'patches and components are added behind those of the file',
      { ...base, patches: [{ path: 'p' }], components: ['c'] },
      { patches: [{ patch: 'x', target: { kind: 'A' } }], components: ['d'] },
      {
        ...base,
        patches: [{ path: 'p' }, { patch: 'x', target: { kind: 'A' } }],
        components: ['c', 'd'],
      },
    ],
    [
      'a file without resources gets origin annotations, so that it is not empty',
      { configMapGenerator: [] },
      {},
      { configMapGenerator: [], buildMetadata: ['originAnnotations'] },
    ],
    [
      'unless the Kustomization says what to annotate',
      { bases: ['b'] },
      { buildMetadata: ['transformerAnnotations'] },
      { bases: ['b'], buildMetadata: ['transformerAnnotations'] },
    ],
    [
      'an image of the file keeps what is not overridden, but tag and digest are one choice',
      {
        ...base,
        images: [
          { name: 'a', newName: 'x', newTag: '1' },
          { name: 'b', digest: 'd', tagSuffix: '-s' },
          { name: 'c', newTag: '1' },
        ],
      },
      {
        images: [
          { name: 'a', newTag: '2' },
          { name: 'b', newTag: '3' },
          { name: 'c', newName: 'y', digest: '' },
          { name: 'e', newTag: '' },
        ],
      },
      {
        ...base,
        images: [
          { name: 'a', newName: 'x', newTag: '2' },
          { name: 'b', tagSuffix: '-s', newTag: '3' },
          { name: 'c', newTag: '1', newName: 'y' },
          { name: 'e' },
        ],
      },
    ],
    [
      'what is added to objects is not part of the build',
      base,
      { commonMetadata: { labels: { a: 'b' } } },
      base,
    ],
  ]
  for (const [title, found, edits, expected] of cases) {
    test(title, () => {
      const before = structuredClone(found)
      assert.deepEqual(plainOf(editFound(found, edits)), expected)
      assert.deepEqual(found, before)
    })
  }

  test('a folder without one gets all of it, and without resources a namespace nobody has', () => {
    const type = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' }
    assert.deepEqual(plainOf(editGenerated(['./a.yaml'], { namePrefix: 'p-' })), {
      ...type,
      resources: ['./a.yaml'],
      namePrefix: 'p-',
    })
    assert.deepEqual(plainOf(editGenerated([], {})), { ...type, namespace: '_placeholder' })
    assert.deepEqual(plainOf(editGenerated([], { targetNamespace: 'x' })), {
      ...type,
      namespace: 'x',
    })
  })

  const refused: readonly (readonly [string, JsonObject, JsonObject])[] = [
    ['a member that is not known', base, { helmCharts: [] }],
    ['a patch that names a file', base, { patches: [{ path: '../../etc/passwd', patch: '' }] }],
    ['a target with what is not known', base, { patches: [{ patch: 'x', target: { path: 'y' } }] }],
    ['a component that is no path', base, { components: [{}] }],
    ['an image with what is not known', base, { images: [{ name: 'a', tagSuffix: 'x' }] }],
    ['patches that are no list', base, { patches: {} }],
    [
      'patches of the file that are no list',
      { ...base, patches: 'x' },
      { patches: [{ patch: 'x' }] },
    ],
    ['images of the file that are no list', { ...base, images: {} }, { images: [] }],
    ['a prefix that is no text', base, { namePrefix: 1 }],
  ]
  for (const [title, found, edits] of refused) {
    test(`${title} is refused`, () => {
      assert.equal(typeof editFound(found, edits), 'string')
    })
  }
})
