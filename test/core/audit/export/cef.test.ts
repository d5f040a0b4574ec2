import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { toCef } from '../../../../src/core/audit/export/cef.ts'
import { anyDecision, recorded, verified } from './records.ts'

const product = { version: '1.2.3' }

/** As a SIEM reads it: seven bars that are not escaped, then `key=value` until the next ` key=`. */
function read(line: string): {
  readonly header: readonly string[]
  readonly extension: ReadonlyMap<string, string>
} {
  const fields = line.split(/(?<=(?<!\\)(?:\\\\)*)\|/)
  const header = fields.slice(0, 7).map((field) => field.replaceAll(/\\([\\|])/g, '$1'))
  const rest = fields.slice(7).join('|')
  const starts = [...rest.matchAll(/(?:^| )([A-Za-z0-9]+)=/g)].filter(({ index }) => {
    const before = /\\*$/.exec(rest.slice(0, index))?.[0].length ?? 0
    return before % 2 === 0 || rest[index] === ' '
  })
  const extension = starts.map((start, i): [string, string] => {
    const begin = start.index + start[0].length
    const value = rest.slice(begin, starts[i + 1]?.index ?? rest.length)
    return [start[1] ?? '', value.replaceAll(/\\([\\=])/g, '$1')]
  })
  return { header, extension: new Map(extension) }
}

describe('a decision in CEF', () => {
  test('says who, what, on which object, and why', () => {
    const one = recorded()
    const { header, extension } = read(toCef(one, product))
    assert.deepEqual(header, [
      'CEF:0',
      'solewriter',
      'solewriter',
      '1.2.3',
      'HumanWrite',
      'Write denied',
      '4',
    ])
    assert.equal(extension.get('suser'), one.user)
    assert.equal(extension.get('act'), 'deny')
    assert.equal(extension.get('externalId'), one.decisionId)
    assert.equal(extension.get('rt'), String(Date.parse(one.time)))
    assert.equal(extension.get('cn1'), '7')
  })

  test('names the commit that was shown', () => {
    const { header, extension } = read(toCef(verified(), product))
    assert.equal(header[5], 'Write admitted')
    assert.equal(extension.get('cs2Label'), 'commit')
    assert.equal(extension.get('cs2'), `fleet@${'c'.repeat(40)}`)
  })

  test('under break-glass is more severe than a denial', () => {
    const { header } = read(toCef(recorded({ decision: 'allow', reason: 'BreakGlass' }), product))
    assert.deepEqual(header.slice(5), ['Write admitted under break-glass', '7'])
  })

  test('escapes what would begin another field or key', () => {
    const one = { ...recorded(), user: 'a|b=c\\d act=allow\nCEF:0|x', reason: 'R|S\\' }
    const line = toCef(one, product)
    assert.doesNotMatch(line, /\n/)
    const { header, extension } = read(line)
    assert.equal(header[4], 'R|S\\')
    assert.equal(extension.get('suser'), 'a|b=c\\d act=allow\\u000aCEF:0|x')
    assert.equal(extension.get('act'), 'deny')
  })

  test('is one line with seven fields, and keeps its own keys, whatever the record says', () => {
    fc.assert(
      fc.property(anyDecision, (one) => {
        const line = toCef(one, product)
        assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}\u202e]/u)
        const { header, extension } = read(line)
        assert.equal(header.length, 7)
        assert.equal(header[0], 'CEF:0')
        assert.match(header[6] ?? '', /^[147]$/)
        assert.equal(extension.get('act'), one.wouldDeny ? 'would-deny' : one.decision)
        const known =
          /^(?:rt|externalId|act|outcome|reason|suser|suid|request|requestMethod|fname|fileId|deviceExternalId|cn1|cs[1-6]|flexString1|msg)(?:Label)?$/
        for (const key of extension.keys()) assert.match(key, known)
      }),
      { numRuns: 500 },
    )
  })
})
