import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../src/core/manifest/json.ts'
import { deployer } from '../../fakes/requests.ts'
import { labelled, policyWith, settings } from '../provenance/engine-ground.ts'
import { verdictOf } from './engine-deciding.ts'

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** No engine object is there, so that nothing but the adoption itself could allow it. */
const nobody = { live: [] }

function annotated(annotations: JsonObject | undefined, object = labelled(settings)): JsonObject {
  const metadata = object['metadata'] as JsonObject
  return { ...object, metadata: { ...metadata, ...(annotations && { annotations }) } }
}

const before = annotated({ [lastApplied]: '{}', team: 'pay' })
const after = annotated({ team: 'pay' })

function ask(changes: Partial<AdmissionRequest> = {}) {
  const write = { operation: 'UPDATE', oldObject: before, object: after, ...changes } as const
  return verdictOf(write, nobody)
}

describe('an engine that adopts an object', () => {
  test('takes away what kubectl has left', async () => {
    assert.equal(await ask(), 'NoDesiredStateChange')
    const alone = annotated({ [lastApplied]: '{}' })
    assert.equal(
      await ask({ oldObject: alone, object: annotated(undefined) }),
      'NoDesiredStateChange',
    )
    const managed = {
      ...after,
      metadata: { ...(after['metadata'] as JsonObject), managedFields: [] },
    }
    assert.equal(await ask({ object: managed }), 'NoDesiredStateChange')
  })

  test('takes away only the annotation itself', async () => {
    assert.equal(await ask({ dryRun: true }), 'NoDesiredStateChange')
    const others: readonly (readonly [string, JsonObject])[] = [
      ['data', { ...after, data: { a: '2' } }],
      ['another annotation', annotated({})],
      ['a label', { ...after, metadata: { ...(after['metadata'] as JsonObject), labels: {} } }],
      [
        'a finalizer',
        { ...after, metadata: { ...(after['metadata'] as JsonObject), finalizers: ['x'] } },
      ],
      [
        'an owner',
        { ...after, metadata: { ...(after['metadata'] as JsonObject), ownerReferences: [] } },
      ],
      ['a status', { ...after, status: {} }],
      ['the annotation, changed', annotated({ [lastApplied]: '{"a":1}', team: 'pay' })],
      ['the annotation, emptied', annotated({ [lastApplied]: '', team: 'pay' })],
    ]
    for (const [title, object] of others) {
      assert.match(await ask({ object }), /^EvidenceMissing/, title)
    }
  })

  test('adds none', async () => {
    assert.match(await ask({ oldObject: after, object: before }), /^EvidenceMissing/)
  })

  test('takes nothing away on the way of another write', async () => {
    assert.match(await ask({ operation: 'CREATE', oldObject: null }), /^EvidenceMissing/)
    assert.match(await ask({ operation: 'DELETE', object: null }), /^EvidenceMissing/)
    assert.match(await ask({ subresource: 'scale' }), /^EvidenceMissing/)
    assert.match(await ask({ subresource: 'status' }), /^NotDeclared/)
    assert.match(await ask({ object: null }), /^EvidenceMissing/)
  })

  test('takes away the annotation of the object, not one in a template', async () => {
    const inside = { spec: { template: { metadata: { annotations: { [lastApplied]: 'x' } } } } }
    const oldObject = { ...after, ...inside }
    const bare = { ...after, spec: { template: { metadata: { annotations: {} } } } }
    assert.match(await ask({ oldObject, object: bare }), /^EvidenceMissing/)
  })

  test('is an engine, in its namespaces', async () => {
    assert.match(await ask({ user: deployer }), /^EvidenceMissing/)
    const narrow = policyWith(
      '',
      '  writers: [{name: flux, subject: {serviceAccount: flux-system/kustomize-controller}, evidence: [flux], repositories: [fleet], namespaces: [shop]}]\n',
    )
    const write = { operation: 'UPDATE', oldObject: before, object: after } as const
    assert.match(await verdictOf(write, { ...nobody, policy: narrow }), /^NotDeclared/)
  })

  test('changes nothing else, whatever else it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 3 }), fc.string(), async (value, key) => {
        const object = changed(after, key, value as Json)
        const isChanged = JSON.stringify(object) !== JSON.stringify(after)
        const said = await ask({ object })
        assert.equal(said === 'NoDesiredStateChange', !isChanged, said)
      }),
      { numRuns: 300 },
    )
  })
})

/** With another value at the top, or in the metadata for a key that begins with an even letter. */
function changed(object: JsonObject, key: string, value: Json): JsonObject {
  const name = key === '' ? 'data' : key
  if (name.charCodeAt(0) % 2 === 1) return withOwn(object, name, value)
  const metadata = object['metadata']
  return isJsonObject(metadata) ? { ...object, metadata: withOwn(metadata, name, value) } : object
}

/** `__proto__` is a key like any other. */
function withOwn(object: JsonObject, key: string, value: Json): JsonObject {
  return Object.fromEntries([
    ...Object.entries(object).filter(([own]) => own !== key),
    [key, value],
  ])
}
