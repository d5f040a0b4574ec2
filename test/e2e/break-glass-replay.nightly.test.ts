import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, before, test } from 'node:test'
import { grants, patch, scaleTo, scaling, startGround, type Ground } from './break-glass-ground.ts'
import { assertRefused, assertTaken } from './refusals.ts'

// A grant that may be deleted at last: 17 minutes after it was made. Its token is of no use by then.

const everyTenSeconds = 10_000
const longestMs = 20 * 60_000
let ground: Ground

before(async () => {
  ground = await startGround()
})

after(async () => {
  await ground.end()
})

test('the token of a deleted grant makes no other', async () => {
  const [alice, admin] = [ground.as('alice'), ground.as('admin')]
  const token = ground.token({ details: [scaling] })
  assertTaken(await ground.create(token), 201)
  assertTaken(await alice(patch(`${grants}/${token.grant}`, { spec: { ended: true } })))

  const deletion = { method: 'DELETE', path: `${grants}/${token.grant}` }
  const givenUpAt = Date.now() + longestMs
  for (;;) {
    const answer = await admin(deletion)
    if (answer.status === 200) break
    assertRefused(answer, 'Protected')
    assert.notEqual((await ground.create(token)).status, 201, 'while it is there')
    assert.ok(Date.now() < givenUpAt, answer.text)
    await sleep(everyTenSeconds)
  }
  const gone = await admin({ method: 'GET', path: `${grants}/${token.grant}` })
  assert.equal(gone.status, 404)
  const replayed = assertRefused(await ground.create(token), 'TokenRefused')
  assert.match(replayed.why, /Expired/)
  assertRefused(await alice(scaleTo(3)), 'HumanWrite')
})
