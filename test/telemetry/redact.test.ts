import assert from 'node:assert/strict'
import test from 'node:test'
import { GuardError } from '../../src/core/errors.ts'
import { describeError, redact, redactText } from '../../src/telemetry/redact.ts'

const hidden = '[redacted]'
const jwt = `eyJhbGciOiJFUzI1NiJ9.${'a'.repeat(40)}.${'b'.repeat(40)}`

for (const name of [
  'token',
  'gitToken',
  'secret',
  'password',
  'Authorization',
  'cookie',
  'jwt',
  'body',
  'object',
  'oldObject',
  'stringData',
  'hook_secret',
  'client-secret',
  'privateKey',
]) {
  test(`the field ${name} is hidden whatever it holds`, () => {
    assert.equal(redact({ [name]: 'value' })[name], hidden)
  })
}

for (const name of ['tokenFile', 'secretName', 'reason', 'repository', 'objects', 'bodyBytes']) {
  test(`the field ${name} is shown`, () => {
    assert.equal(redact({ [name]: 'value' })[name], 'value')
  })
}

const texts: readonly (readonly [title: string, text: string, shown: string])[] = [
  ['a JWT', `refused ${jwt} today`, `refused ${hidden} today`],
  ['an unsigned JWT', 'x eyJhbGciOiJub25lIn0.eyJhIjoxfQ. y', `x ${hidden} y`],
  ['a bearer token', 'Authorization: Bearer abc123def', `Authorization: Bearer ${hidden}`],
  [
    'a password in a URL',
    'https://user:pw@git.example.com/a.git',
    `https://${hidden}@git.example.com/a.git`,
  ],
  [
    'a token in a URL',
    'https://ghp_abcdef@git.example.com/a.git',
    `https://${hidden}@git.example.com/a.git`,
  ],
  [
    'a token in a query',
    'https://x/?a=b&access_token=zzz&c=d',
    `https://x/?a=b&access_token=${hidden}&c=d`,
  ],
  [
    'a private key',
    '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nafter',
    `${hidden}\nafter`,
  ],
  ['a private key without an end', 'key: -----BEGIN PRIVATE KEY-----\nMIIE', `key: ${hidden}`],
]

for (const [title, text, shown] of texts) {
  test(`${title} is hidden wherever it stands`, () => {
    assert.equal(redactText(text), shown)
    assert.equal(redact({ detail: text })['detail'], shown)
    assert.deepEqual(redact({ list: [text] })['list'], [shown])
    assert.equal(describeError(new Error(text)).message, shown)
  })
}

test('a secret that the length limit would cut in two is hidden as a whole', () => {
  const shown = redactText(`${'x '.repeat(505)}${jwt}`)
  assert.doesNotMatch(shown, /eyJ/)
})

test('long texts and lists are cut', () => {
  assert.equal(redactText('x'.repeat(5000)).length, 1024)
  assert.equal(
    (redact({ list: Array.from({ length: 100 }, () => 'x') })['list'] as string[]).length,
    20,
  )
})

test('an object that slipped past the types is not printed', () => {
  const body = { data: { password: 'value' } } as unknown as string
  assert.deepEqual({ ...redact({ review: body }) }, { review: hidden })
})

test('a failed API call shows its status, never its body', () => {
  const body = '{"data":{"password":"c2VjcmV0"}}'
  const error = Object.assign(new Error(`HTTP-Code: 409\nBody: ${body}`), { code: 409, body })
  const facts = JSON.stringify(redact({ err: error }))
  assert.match(facts, /"status":409/)
  assert.doesNotMatch(facts, /c2VjcmV0|password/)
})

test('a failed API call is no more talkative as a cause', () => {
  const api = Object.assign(new Error('HTTP-Code: 409 c2VjcmV0'), { code: 409, body: 'c2VjcmV0' })
  const facts = describeError(new GuardError('ClusterUnreachable', 'no answer', { cause: api }))
  assert.equal(facts.code, 'ClusterUnreachable')
  assert.equal(facts.cause?.status, 409)
  assert.doesNotMatch(JSON.stringify(facts), /c2VjcmV0/)
})

test('a stack shows places, not the message again', () => {
  const facts = describeError(new Error('line one\nline two at x'))
  assert.ok((facts.at ?? []).length > 0)
  assert.doesNotMatch((facts.at ?? []).join('\n'), /line one|line two/)
})

test('causes that go round end', () => {
  const error = new Error('a') as Error & { cause?: unknown }
  error.cause = error
  assert.doesNotThrow(() => JSON.stringify(describeError(error)))
})

test('what is no error shows its type only', () => {
  assert.deepEqual(describeError('secret text'), { type: 'string' })
})
