import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, test } from 'node:test'
import { UsageError } from '../../../src/cli/exit.ts'
import { targetsOf, type PostSettings } from '../../../src/cli/serve/shipping-targets.ts'

const at = {
  absolute: (file: string) => path.resolve('/here', file),
  recordsDir: '/here/records',
}
const readable: PostSettings = { toTokenFile: import.meta.filename }

describe('places that records are copied to', () => {
  for (const [place, expected] of [
    ['stdout', { kind: 'stdout', name: 'stdout' }],
    ['file:copy', { kind: 'directory', name: 'file:/here/copy', directory: '/here/copy' }],
    ['copy', { kind: 'directory', name: 'file:/here/copy', directory: '/here/copy' }],
    ['file:///copy', { kind: 'directory', name: 'file:/copy', directory: '/copy' }],
    ['./stdout', { kind: 'directory', name: 'file:/here/stdout', directory: '/here/stdout' }],
    ['https://there', { kind: 'post', name: 'https://there/', url: 'https://there/' }],
    ['HTTP://there/a', { kind: 'post', name: 'http://there/a', url: 'http://there/a' }],
  ] as const) {
    test(`are told apart: ${place}`, () => {
      assert.deepEqual(targetsOf([place], {}, at), [expected])
    })
  }

  for (const [title, places, files, why] of [
    ['of a protocol of nobody', ['ftp://there'], {}, /file:DIR, https:/],
    ['with a password', ['https://user:sesame@there'], {}, /no user, password, query/],
    ['with a query', ['https://there?key=sesame'], {}, /no user, password, query/],
    ['that cannot be read', ['https://'], {}, /cannot be read/],
    ['without a name', ['file:'], {}, /needs a directory/],
    ['that are there twice', ['copy', 'file:copy'], {}, /is there twice/],
    ['that are the records themselves', ['records'], {}, /the records are there already/],
    ['below the records', ['file:/here/records/copy'], {}, /the records are there already/],
    ['of which none takes a token', ['stdout'], readable, /of no use without --to https/],
    ['that a token is read on the way to', ['http://there'], readable, /over https only/],
    [
      'with a token that is not there',
      ['https://there'],
      { toTokenFile: '/none' },
      /cannot be read/,
    ],
    [
      'with authorities that are none',
      ['https://there'],
      { toCaFile: import.meta.filename },
      /--to-ca-file .*: there is no certificate/,
    ],
  ] as const) {
    test(`are refused: ${title}`, () => {
      assert.throws(
        () => targetsOf(places, files, at),
        (error: unknown) => {
          assert.ok(error instanceof UsageError)
          assert.match(error.message, why)
          assert.doesNotMatch(error.message, /sesame/)
          return true
        },
      )
    })
  }

  test('beside the records are no trouble', () => {
    assert.equal(targetsOf(['records-copy', 'http://127.0.0.1:1'], readable, at).length, 2)
  })
})
