import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import {
  at,
  isJsonObject,
  stringAt,
  type Json,
  type JsonObject,
} from '../../src/core/manifest/json.ts'
import { carrierRole, eventRole, keeperRole } from '../cluster/reader-role.ts'
import { definitionsFile, definitionsText } from '../../scripts/crds-text.ts'

const text = readFileSync(definitionsFile, 'utf8')
/** As kubectl reads it. */
const definitions = parseAllDocuments(text, { version: '1.1' }).map(
  (one) => one.toJS() as JsonObject,
)

test('manifests/base/crds.yaml is what scripts/crds.ts makes', async () => {
  assert.equal(text, await definitionsText())
})

const manifests = new URL('../../manifests/base/', import.meta.url)

interface Rule {
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly verbs: readonly string[]
}

interface Role {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly rules: readonly Rule[]
}

function schemaOf(definition: JsonObject): Json | undefined {
  const versions = at(definition, 'spec', 'versions')
  const [version] = Array.isArray(versions) ? (versions as readonly Json[]) : []
  return at(version, 'schema', 'openAPIV3Schema')
}

/** All schemas of a definition, with where they stand. */
function* schemasIn(schema: Json, path: string): Generator<readonly [string, JsonObject]> {
  if (!isJsonObject(schema)) return
  yield [path, schema]
  const { properties = {}, items } = schema
  for (const [key, child] of Object.entries(isJsonObject(properties) ? properties : {})) {
    yield* schemasIn(child, `${path}.${key}`)
  }
  if (items !== undefined) yield* schemasIn(items, `${path}[]`)
}

describe('the definitions', () => {
  test('are of our four kinds, cluster-scoped, with a status that is written apart', () => {
    const facts = definitions.map((one) => [
      stringAt(one, 'metadata', 'name'),
      stringAt(one, 'spec', 'scope'),
    ])
    assert.deepEqual(facts, [
      ['breakglassgrants.solewriter.dev', 'Cluster'],
      ['breakglassapprovals.solewriter.dev', 'Cluster'],
      ['postmortems.solewriter.dev', 'Cluster'],
      ['auditcheckpoints.solewriter.dev', 'Cluster'],
    ])
    for (const one of definitions) {
      const versions = at(one, 'spec', 'versions') as readonly JsonObject[]
      assert.deepEqual(
        versions.map((version) => at(version, 'subresources')),
        [{ status: {} }],
      )
    }
  })

  test('say of every part which type it has and what it is for', () => {
    for (const definition of definitions) {
      const kind = stringAt(definition, 'spec', 'names', 'kind') ?? ''
      for (const [path, schema] of schemasIn(schemaOf(definition) ?? {}, kind)) {
        assert.ok(stringAt(schema, 'type') !== undefined, path)
        const isItem = path.endsWith('[]')
        const isHead = path === `${kind}.metadata`
        if (!isItem && !isHead) assert.ok(stringAt(schema, 'description') !== undefined, path)
      }
    }
  })

  test('refuse in words at which nobody deletes and makes anew', () => {
    assert.doesNotMatch(text, /is immutable|immutable field/)
  })
})

describe('the rights over them', () => {
  const rolesIn = (file: string) =>
    parseAllDocuments(readFileSync(new URL(file, manifests), 'utf8'))
      .map((one) => one.toJS() as Role)
      .filter(({ kind }) => kind === 'ClusterRole')
  const keptGroups = new Set([
    'solewriter.dev',
    'wgpolicyk8s.io',
    'openreports.io',
    'authentication.k8s.io',
    'authorization.k8s.io',
  ])
  const isKept = ({ apiGroups = [] }: Rule) => apiGroups.some((group) => keptGroups.has(group))

  test('are for the controller those of the local control plane', () => {
    const role = rolesIn('accounts.yaml').find(
      ({ metadata }) => metadata.name === 'solewriter-controller',
    )
    assert.deepEqual(role?.rules.filter(isKept), keeperRole['rules'])
  })

  const writesEvents = ({ resources, verbs }: Rule) =>
    resources?.includes('events') === true && verbs.includes('create')

  test('let the controller write Events about them, and nowhere else', () => {
    const roles = parseAllDocuments(readFileSync(new URL('accounts.yaml', manifests), 'utf8'))
      .map((one) => one.toJS() as Role & { readonly metadata: { readonly namespace?: string } })
      .filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole')
      .filter(({ rules }) => rules.some(writesEvents))
    assert.deepEqual(
      roles.map(({ kind, metadata, rules }) => [kind, metadata.namespace, rules]),
      [['Role', 'default', eventRole['rules']]],
    )
  })

  test('let serve make grants where the component for it is installed', () => {
    const [role] = rolesIn('../components/annotation-carrier/accounts.yaml')
    assert.deepEqual(role?.rules, carrierRole['rules'])
  })

  test('let nobody delete or write a status, and people none of what only we write', () => {
    for (const { metadata, rules } of rolesIn('roles.yaml')) {
      for (const { resources = [], verbs } of rules) {
        assert.ok(!verbs.some((verb) => /delete|\*/.test(verb)), metadata.name)
        assert.ok(!resources.some((resource) => /\/|\*/.test(resource)), metadata.name)
      }
    }
    const names = rolesIn('roles.yaml').map(({ metadata }) => metadata.name)
    assert.deepEqual(names, [
      'solewriter-holder',
      'solewriter-approver',
      'solewriter-viewer',
      'solewriter-doctor',
    ])
  })

  test('let doctors read, and no Secret', () => {
    const doctor = rolesIn('roles.yaml').find(
      ({ metadata }) => metadata.name === 'solewriter-doctor',
    )
    for (const { resources = [], verbs } of doctor?.rules ?? []) {
      assert.ok(verbs.every((verb) => ['get', 'list'].includes(verb)))
      assert.ok(!resources.includes('secrets'))
    }
  })
})
