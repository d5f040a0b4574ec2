import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { checkContent } from '../../../src/core/content/check.ts'
import { pathsOf } from '../../../src/core/content/describe.ts'
import { isJsonObject, type JsonObject } from '../../../src/core/manifest/json.ts'
import { request } from '../../fakes/requests.ts'
import { goodPolicy, head } from '../policy/policies.ts'
import { kinds, randomDeclared, type Kind } from './random/declared.ts'
import { edited } from './random/edits.ts'
import { randomOf, type Random } from './random/random.ts'
import { respeltValue, storedForm } from './random/stored-form.ts'

// Objects of every kind, made from the catalogue; SOLEWRITER_CASES of them for each property.

const numRuns = Number(process.env['SOLEWRITER_CASES'] ?? 5000)
const policy = goodPolicy(`${head}  mode: enforce\n`)

/** Paths that nothing explains. */
function unexplained(
  { group, version, kind, position }: Kind,
  declared: JsonObject,
  { old = null, next }: { readonly old?: JsonObject | null; readonly next: JsonObject },
): readonly string[] {
  const gvk = { group, version, kind }
  const resource = { group, version, resource: `${kind.toLowerCase()}s` }
  const operation = old === null ? 'CREATE' : 'UPDATE'
  const asked = request({ operation, kind: gvk, resource, object: next, oldObject: old })
  const schema = { position, keepsStatus: true }
  return pathsOf(checkContent({ request: asked, declared, schema, policy }))
}

interface Sample {
  readonly kind: Kind
  readonly random: Random
  readonly declared: JsonObject
  readonly stored: JsonObject
}

function sample(seed: number): Sample {
  const random = randomOf(seed)
  const kind = random.pick(kinds) ?? assert.fail()
  const declared = randomDeclared(kind, random)
  return { kind, random, declared, stored: storedForm(declared, kind.position) }
}

/** Of another declaration, without what only Git may take away. */
function drifted({ kind, random }: Sample): JsonObject {
  const old = storedForm(randomDeclared(kind, random), kind.position)
  const metadata = isJsonObject(old['metadata']) ? old['metadata'] : {}
  const { finalizers: _, ownerReferences: __, ...free } = metadata
  return { ...old, metadata: free }
}

function everySample(holds: (one: Sample) => void): void {
  const property = fc.property(fc.integer(), (seed) => holds(sample(seed)))
  fc.assert(property, { numRuns, endOnFailure: true })
}

describe('what says the same as the declaration', () => {
  it('is explained in every leaf, new or over whatever was there', () => {
    everySample((one) => {
      const { kind, random, declared, stored } = one
      const next = respeltValue(stored, kind.position, random) as JsonObject
      assert.deepEqual(unexplained(kind, declared, { next }), [])
      assert.deepEqual(unexplained(kind, declared, { old: drifted(one), next }), [])
    })
  })
})

describe('what is one edit away from the declaration', () => {
  it('is never explained, new or as a change', () => {
    let edits = 0
    everySample((one) => {
      const { kind, declared, stored: object } = one
      const edit = edited({ ...one, object })
      if (edit === undefined) return
      edits += 1
      const next = edit.object
      for (const old of [null, object]) {
        const paths = unexplained(kind, declared, { old, next })
        const how = `${old === null ? 'created' : 'changed'} ${kind.kind} ${edit.what}`
        assert.notDeepEqual(paths, [], how)
      }
    })
    assert.ok(edits > numRuns * 0.95, `${edits} edits`)
  })
})
