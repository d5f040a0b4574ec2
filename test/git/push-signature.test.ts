import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { verifyPush, type PushHeaders } from '../../src/git/push-signature.ts'
import { verifyPushFor } from '../../src/git/push-verifier.ts'
import { makeTemporary } from './remote.ts'

const body = Buffer.from('Hello, World!')
const secret = "It's a Secret to Everybody"
// The example of GitHub's documentation.
const known = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'
const signingToken = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

function standardWebhook(id: string, time: string, key = Buffer.alloc(32, 7)): PushHeaders {
  const hmac = createHmac('sha256', key).update(`${id}.${time}.Hello, World!`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': `v1,${hmac}` }
}

const signed: readonly [string, PushHeaders, string][] = [
  ['GitHub', { 'x-hub-signature-256': `sha256=${known}` }, secret],
  ['Gitea', { 'x-gitea-signature': known }, secret],
  ['Forgejo', { 'x-forgejo-signature': known }, secret],
  ['any other sender', { 'x-signature-256': `sha256=${known}` }, secret],
  ['GitLab with a secret token', { 'x-gitlab-token': secret }, secret],
  ['GitLab with a signing token', standardWebhook('1', '1700000000'), signingToken],
  [
    'GitLab while it changes its signing token',
    {
      ...standardWebhook('1', '1700000000'),
      'webhook-signature': `v1,AAAA ${String(standardWebhook('1', '1700000000')['webhook-signature'])}`,
    },
    signingToken,
  ],
]

for (const [sender, headers, key] of signed) {
  void test(`a notification from ${sender} is verified over exactly its bytes`, () => {
    assert.equal(verifyPush(headers, body, key), true)
    assert.equal(verifyPush(headers, body, `${key}x`), false)
    assert.equal(verifyPush(headers, body, ''), false)
    const signsBody = !('x-gitlab-token' in headers)
    assert.equal(verifyPush(headers, Buffer.from('Hello, World?'), key), !signsBody)
  })
}

const refused: readonly [string, PushHeaders, string?][] = [
  ['no signature', {}],
  ['a signature without its algorithm', { 'x-hub-signature-256': known }],
  ['a signature with another algorithm', { 'x-hub-signature-256': `sha1=${known}` }],
  ['the old SHA-1 signature', { 'x-hub-signature': `sha1=${known.slice(0, 40)}` }],
  ['an upper-case signature', { 'x-gitea-signature': known.toUpperCase() }],
  ['a beginning of the signature', { 'x-gitea-signature': known.slice(0, 63) }],
  ['an empty signature', { 'x-gitea-signature': '' }],
  ['two signatures in one header', { 'x-gitea-signature': `${known}, ${known}` }],
  ['a header that came twice', { 'x-gitea-signature': [known, known] }],
  ['an empty token', { 'x-gitlab-token': '' }],
  ['a beginning of the token', { 'x-gitlab-token': secret.slice(0, -1) }],
  [
    'a signing signature of another time',
    { ...standardWebhook('1', '1700000000'), 'webhook-timestamp': '1700000001' },
    signingToken,
  ],
  [
    'a signing signature under the empty key',
    standardWebhook('1', '1700000000', Buffer.alloc(0)),
    'whsec_',
  ],
]

for (const [what, headers, key = secret] of refused) {
  void test(`a notification with ${what} is refused`, () => {
    assert.equal(verifyPush(headers, body, key), false)
  })
}

void test('nobody can sign with an empty secret', () => {
  const signature = createHmac('sha256', '').update(body).digest('hex')
  assert.equal(verifyPush({ 'x-gitea-signature': signature }, body, ''), false)
  assert.equal(verifyPush({ 'x-gitlab-token': '' }, body, ''), false)
})

void test('the secret is read anew each time, without the line break at its end', async (t) => {
  const pushSecretFile = join(await makeTemporary(t), 'secret')
  const headers = { 'x-gitlab-token': 'one' }
  await writeFile(pushSecretFile, 'one\n')
  assert.equal(await verifyPushFor({ pushSecretFile }, headers, body), true)
  await writeFile(pushSecretFile, 'two')
  assert.equal(await verifyPushFor({ pushSecretFile }, headers, body), false)
  await writeFile(pushSecretFile, '\n')
  assert.equal(await verifyPushFor({ pushSecretFile }, { 'x-gitlab-token': '' }, body), false)
})

void test('without a secret no notification is accepted, and one that cannot be read is a failure', async (t) => {
  assert.equal(await verifyPushFor({}, { 'x-gitlab-token': '' }, body), false)
  const pushSecretFile = join(await makeTemporary(t), 'none')
  await assert.rejects(verifyPushFor({ pushSecretFile }, {}, body), { code: 'ENOENT' })
})
