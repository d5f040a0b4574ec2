import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { csvLine, csvRow, type Field } from '../../../src/core/report/csv.ts'
import { readCsv } from './read-csv.ts'

test('fields are quoted as RFC 4180 has it, and lines end in CRLF', () => {
  const cases: readonly (readonly [readonly Field[], string])[] = [
    [['a', 'b'], 'a,b\r\n'],
    [['a,b', 'say "x"'], '"a,b","say ""x"""\r\n'],
    [[1, -2, 0.5], '1,-2,0.5\r\n'],
    [[true, false, null, ''], 'yes,no,,\r\n'],
    [[' a '], '" a "\r\n'],
    [['a\nb'], 'a\\u000ab\r\n'],
  ]
  for (const [fields, expected] of cases) assert.equal(csvLine(fields), expected)
})

test('what a spreadsheet could run has a quote before it', () => {
  const formulas = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', "'=1"]
  for (const formula of formulas) {
    const [[field = ''] = []] = readCsv(csvLine([formula]))
    assert.ok(field.startsWith("'"), formula)
  }
  assert.equal(
    csvLine(['=HYPERLINK("http://evil.example","x")']),
    `"'=HYPERLINK(""http://evil.example"",""x"")"\r\n`,
  )
})

test('a row has the columns of its header, whatever it is made of', () => {
  assert.equal(csvRow(['a', '__proto__', 'b'], { b: 'x' }), ',,x\r\n')
})

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc
    .tuple(fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', "'", '"', ','), fc.string())
    .map((parts) => parts.join('')),
)

test('any text comes back as it was, in its own field, and none begins like a formula', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(hostile, { minLength: 2, maxLength: 5 }), { maxLength: 5 }),
      (rows) => {
        const text = rows.map((row) => csvLine(row)).join('')
        const read = readCsv(text)
        assert.deepEqual(
          read.map((row) => row.length),
          rows.map((row) => row.length),
        )
        for (const field of read.flat()) {
          assert.ok(!/^[=+\-@\t\r\n]/.test(field), field)
          assert.ok(!/[\p{Cc}\p{Cf}]/u.test(field))
        }
        for (const [i, row] of rows.entries()) {
          for (const [j, field] of row.entries()) {
            if (!/^[ -~]*$/.test(field)) continue
            const got = read[i]?.[j] ?? ''
            assert.equal(/^['=+\-@]/.test(field) ? got.slice(1) : got, field)
          }
        }
      },
    ),
  )
})
