import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { engineKinds } from '../../src/cli/estate/engines.ts'

interface Role {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly rules: readonly {
    readonly apiGroups: readonly string[]
    readonly resources: readonly string[]
    readonly verbs: readonly string[]
  }[]
}

const file = path.join(import.meta.dirname, '..', '..', 'manifests', 'base', 'accounts.yaml')

test('serve may read the engine objects that it watches, and no others of their groups', () => {
  const roles = parseAllDocuments(readFileSync(file, 'utf8')).map((one) => one.toJS() as Role)
  const role = roles.find(
    ({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === 'solewriter',
  )
  const kinds = Object.values(engineKinds).flat()
  const groups = new Set<string>(kinds.map(({ group }) => group))
  const allowed = (role?.rules ?? [])
    .filter(({ apiGroups }) => apiGroups.some((group) => groups.has(group)))
    .flatMap(({ apiGroups, resources, verbs }) => {
      assert.deepEqual(verbs, ['get', 'list', 'watch'])
      return apiGroups.flatMap((group) => resources.map((resource) => `${resource}.${group}`))
    })
  const watched = kinds.map(({ group, kind }) => `${pluralOf(kind)}.${group}`)
  assert.deepEqual(allowed.toSorted(), watched.toSorted())
})

function pluralOf(kind: string): string {
  return `${kind.toLowerCase()}s`.replace(/ys$/, 'ies')
}
