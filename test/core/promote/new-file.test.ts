import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newFileFor } from '../../../src/core/promote/new-file.ts'

const id = { group: 'apps', kind: 'Deployment', namespace: 'pay', name: 'api' }
const at = (namespace: string, ...files: readonly string[]) =>
  files.map((file) => ({ namespace, file }))

const cases: readonly (readonly [
  string,
  readonly string[],
  ReturnType<typeof at>,
  string | undefined,
])[] = [
  [
    'with its namespace',
    ['prod'],
    [...at('pay', 'prod/pay/a.yaml'), ...at('x', 'prod/x/a', 'prod/x/b')],
    'prod/pay/deployment-api.yaml',
  ],
  [
    'where most of it is',
    ['prod'],
    at('pay', 'prod/a/1', 'prod/b/1', 'prod/b/2'),
    'prod/b/deployment-api.yaml',
  ],
  [
    'but where manifests are read as they are',
    ['prod'],
    at('pay', 'charts/a', 'charts/b', 'prod/c/a'),
    'prod/c/deployment-api.yaml',
  ],
  ['else in the first folder', ['./prod/', 'more'], at('x', 'more/a'), 'prod/deployment-api.yaml'],
  ['also if that is all of the repository', ['.'], [], 'deployment-api.yaml'],
  ['nowhere, where there is no such folder', [], at('pay', 'a/b'), undefined],
]

describe('a new object stands', () => {
  for (const [title, folders, known, expected] of cases) {
    test(title, () => assert.equal(newFileFor(id, { folders, known }), expected))
  }

  test('in a file whose name is harmless', () => {
    const name = newFileFor({ ...id, name: 'system:A/../b' }, { folders: ['p'], known: [] })
    assert.equal(name, 'p/deployment-system-a-..-b.yaml')
  })
})
