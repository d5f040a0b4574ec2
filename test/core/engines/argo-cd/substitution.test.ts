import assert from 'node:assert/strict'
import { test } from 'node:test'
import { substitute } from '../../../../src/core/engines/argo-cd/substitution.ts'

const environment = { B: '<B>', ARGOCD_APP_NAME: 'web' }

/** As Go's os.Expand answers with the function of Argo CD. */
const texts: readonly (readonly [string, string])[] = [
  ['a$B', 'a<B>'],
  ['${B}c', '<B>c'],
  ['$Bc', ''],
  ['$$B', '$B'],
  ['$$$B', '$<B>'],
  ['${$}', '$'],
  ['${}x', 'x'],
  ['${B', 'B'],
  ['$', '$'],
  ['a$', 'a$'],
  ['$1B', 'B'],
  ['${1B}', ''],
  ['$-x', 'x'],
  ['${-}', ''],
  ['$é', '$é'],
  ['a$ b', 'a$ b'],
  ['$constructor', ''],
  ['$ARGOCD_APP_NAME-$ARGOCD_APP_NAME', 'web-web'],
]
for (const [text, expected] of texts) {
  test(`${text} becomes ${expected || 'nothing'}`, () => {
    assert.equal(substitute(text, environment), expected)
  })
}

test('what differs from commit to commit is told', () => {
  for (const name of [
    'ARGOCD_APP_REVISION',
    'ARGOCD_APP_REVISION_SHORT',
    'ARGOCD_APP_REVISION_X',
  ]) {
    assert.equal(substitute(`a-$${name}`, environment), undefined)
    assert.equal(substitute(`a-\${${name}}`, { ...environment, [name]: 'x' }), undefined)
  }
  assert.equal(substitute('$$ARGOCD_APP_REVISION', environment), '$ARGOCD_APP_REVISION')
})
