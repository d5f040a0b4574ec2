import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kustomizeEdits } from '../../../../src/core/engines/argo-cd/kustomize-edits.ts'
import type { JsonObject } from '../../../../src/core/manifest/json.ts'

const environment = { ARGOCD_APP_NAME: 'web', ARGOCD_APP_NAMESPACE: 'shop' }

function editsOf(own: JsonObject): JsonObject {
  const edits = kustomizeEdits(own, environment)
  return typeof edits === 'string' ? assert.fail(edits) : edits
}

test('options become edits as they are', () => {
  const own = {
    namePrefix: 'a-',
    nameSuffix: '-b',
    namespace: 'other',
    replicas: [{ name: 'web', count: 3 }],
    forceCommonLabels: true,
    labelWithoutSelector: true,
    labelIncludeTemplates: true,
    forceCommonAnnotations: true,
    patches: [{ target: { kind: 'Deployment' }, patch: '$ARGOCD_APP_REVISION' }],
    components: ['../component'],
    ignoreMissingComponents: true,
  }
  assert.deepEqual(editsOf(own), own)
})

test('what cannot matter is left out', () => {
  const own = { version: 'v5.0.0', kubeVersion: '1.30', apiVersions: ['v1'], namePrefix: null }
  assert.deepEqual(editsOf({ ...own, commonAnnotationsEnvsubst: true }), {})
})

test('images and labels have the environment put in, annotations where they ask for it', () => {
  const own = {
    images: ['web=registry/$ARGOCD_APP_NAME:1'],
    commonLabels: { app: '${ARGOCD_APP_NAME}', price: '$$5' },
    commonAnnotations: { app: '$ARGOCD_APP_NAME' },
  }
  const images = ['web=registry/web:1']
  const commonLabels = { app: 'web', price: '$5' }
  assert.deepEqual(editsOf(own), { ...own, images, commonLabels })
  assert.deepEqual(editsOf({ ...own, commonAnnotationsEnvsubst: true }), {
    images,
    commonLabels,
    commonAnnotations: { app: 'web' },
  })
})

const refused: readonly (readonly [JsonObject, RegExp])[] = [
  [{ images: ['web:$ARGOCD_APP_REVISION'] }, /ARGOCD_APP_REVISION/],
  [{ images: ['web:1', 'api:$ARGOCD_APP_REVISION'] }, /ARGOCD_APP_REVISION/],
  [{ commonLabels: { a: 'x', b: '$ARGOCD_APP_REVISION' } }, /ARGOCD_APP_REVISION/],
  [{ commonLabels: { a: '${ARGOCD_APP_REVISION_SHORT}' } }, /ARGOCD_APP_REVISION/],
  [
    { commonAnnotations: { a: '$ARGOCD_APP_REVISION' }, commonAnnotationsEnvsubst: true },
    /ARGOCD_APP_REVISION/,
  ],
  [{ images: ['--help'] }, /option/],
  [{ components: ['-f'] }, /option/],
  [{ commonLabels: { '--force': 'x' } }, /option/],
  [{ commonAnnotations: { '-f': 'x' } }, /option/],
  [{ replicas: [{ name: '--x', count: 1 }] }, /option/],
]
for (const [own, expected] of refused) {
  test(`${JSON.stringify(own)} is refused`, () => {
    const edits = kustomizeEdits(own, environment)
    assert.match(typeof edits === 'string' ? edits : assert.fail(), expected)
  })
}

test('an annotation that is not put in may say what it likes', () => {
  const own = { commonAnnotations: { a: '$ARGOCD_APP_REVISION' } }
  assert.deepEqual(editsOf(own), own)
})
