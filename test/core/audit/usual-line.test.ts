import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { chainLine, emptyChain } from '../../../src/core/audit/chain.ts'
import { usualPlace } from '../../../src/core/audit/usual-line.ts'
import { canonicalJson } from '../../../src/core/manifest/canonical.ts'
import type { Json } from '../../../src/core/manifest/json.ts'
import { proven, record } from './decisions.ts'

const head = emptyChain('pod-0/01K3W7Q2000000000000000000')
const { line } = chainLine(record(), head)

describe('a usual line', () => {
  const usual = [
    ['of a denial', line],
    ['with provenance', chainLine(record({}, provenDecision()), head).line],
    ['of somebody without groups', chainLine({ ...record(), groups: [] }, head).line],
  ] as const
  for (const [title, text] of usual) {
    test(`${title} is told without being parsed`, () => {
      const { writer, seq, prev } = JSON.parse(text) as Record<string, unknown>
      assert.deepEqual(usualPlace(text), { writer, seq, prev })
    })
  }

  const unusual = [
    ['with what has to be escaped', chainLine(record({ name: 'a"b' }), head).line],
    ['with other letters', chainLine(record({ name: 'ä' }), head).line],
    ['with more in it', chainLine({ ...record(), unrecorded: 1 }, head).line],
    ['with a space in it', line.replace(':', ': ')],
    ['with a number of another spelling', line.replace('"seq":1', '"seq":1.0')],
    ['with something behind it', `${line} `],
  ] as const
  for (const [title, text] of unusual) {
    test(`${title} is none`, () => {
      assert.equal(usualPlace(text), undefined)
    })
  }

  test('has one spelling only, whatever is changed in it', () => {
    const edit = fc.tuple(fc.nat({ max: line.length - 1 }), fc.nat({ max: 3 }), fc.string())
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        let text = line
        for (const [at, gone, put] of edits) text = text.slice(0, at) + put + text.slice(at + gone)
        if (usualPlace(text) === undefined) return
        assert.equal(canonicalJson(JSON.parse(text) as Json), text)
      }),
      { numRuns: 2000 },
    )
  })
})

function provenDecision() {
  const verdict = {
    kind: 'allow',
    reason: 'VerifiedCommit',
    rule: 'flux',
    provenance: proven,
    message: undefined,
  }
  return { allowed: true, identity: 'writer', verdict } as unknown as Parameters<typeof record>[1]
}
