import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { UsageError } from '../../../src/cli/exit.ts'
import {
  toConsoleSettings,
  type ConsoleOptions,
} from '../../../src/cli/controller/console-settings.ts'

const settingsOf = (options: ConsoleOptions) => toConsoleSettings(options, (file) => `/at/${file}`)
const on = (host: string) => ({ consoleListen: { host, port: 8090 } })
const pair = { consoleCertFile: 'tls.crt', consoleKeyFile: 'tls.key' }

describe('the settings of the console', () => {
  test('ask for a token unless told otherwise, and resolve files', () => {
    assert.equal(settingsOf({}), undefined)
    assert.deepEqual(settingsOf({ ...on('127.0.0.1'), consoleRecords: ['a', 'b'] }), {
      listen: { host: '127.0.0.1', port: 8090 },
      auth: 'token',
      records: ['/at/a', '/at/b'],
      tls: undefined,
      cluster: undefined,
    })
    const tls = { certFile: '/at/tls.crt', keyFile: '/at/tls.key' }
    assert.deepEqual(settingsOf({ ...on('0.0.0.0'), ...pair })?.tls, tls)
  })

  test('may leave sign-in out on loopback addresses', () => {
    for (const host of ['127.0.0.1', '127.8.0.1', '::1', 'localhost']) {
      assert.equal(settingsOf({ ...on(host), consoleAuth: 'none' })?.auth, 'none', host)
    }
  })

  const refused: readonly (readonly [string, ConsoleOptions, RegExp])[] = [
    [
      'without sign-in on every address',
      { ...on('0.0.0.0'), ...pair, consoleAuth: 'none' },
      /loopback/,
    ],
    ['without sign-in on all of IPv6', { ...on('::'), ...pair, consoleAuth: 'none' }, /loopback/],
    ['without sign-in on a name', { ...on('127.0.0.1.example'), consoleAuth: 'none' }, /loopback/],
    [
      'without sign-in on a private address',
      { ...on('10.0.0.1'), consoleAuth: 'none' },
      /loopback/,
    ],
    ['tokens in the clear', on('0.0.0.0'), /in the clear/],
    ['another kind of sign-in', { ...on('::1'), consoleAuth: 'basic' }, /token or none/],
    ['half a certificate', { ...on('::1'), consoleCertFile: 'x' }, /come together/],
    ['records without a console', { consoleRecords: ['a'] }, /without --console-listen/],
    ['a mode without a console', { consoleAuth: 'token' }, /without --console-listen/],
  ]
  for (const [title, options, message] of refused) {
    test(`refuse ${title}`, () => {
      assert.throws(
        () => settingsOf(options),
        (error) => error instanceof UsageError && message.test(error.message),
      )
    })
  }
})
