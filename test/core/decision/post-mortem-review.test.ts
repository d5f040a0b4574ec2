import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AdmissionRequest, UserInfo } from '../../../src/core/admission/request.ts'
import { momentText } from '../../../src/core/breakglass/moment.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { account, deployer } from '../../fakes/requests.ts'
import { gvk, gvr, own } from './deciding.ts'
import {
  activeGrant,
  begin,
  fakeGrants,
  grantName,
  holder,
  loggedIn,
  minute,
  newGrant,
  replica,
  saying,
  says,
} from './granting.ts'

// How somebody could get a post-mortem reviewed that nobody else has looked at.

const ours = account(own.namespace, 'solewriter-controller')
const bob: UserInfo = { ...loggedIn(holder, 'X509SHA256=b0b'), username: 'bob' }
const status = { holder: holder.username, phase: 'Resolved' }

function postMortem(review?: JsonObject, more: JsonObject = status): JsonObject {
  const spec = { grant: grantName, ...(review !== undefined && { review }) }
  return { metadata: { name: 'pm-1' }, spec, status: more }
}

interface Given {
  readonly user?: UserInfo
  readonly before?: JsonObject
  readonly status?: JsonObject
}

function reviewing(
  review: JsonObject | undefined,
  { user = bob, before, status: more = status }: Given = {},
): Partial<AdmissionRequest> {
  return {
    user,
    operation: 'UPDATE',
    resource: gvr('postmortems', 'solewriter.dev', 'v1alpha1'),
    kind: gvk('PostMortem', 'solewriter.dev', 'v1alpha1'),
    namespace: '',
    name: 'pm-1',
    oldObject: postMortem(before, more),
    object: postMortem(review, more),
  }
}

const good = { by: 'bob', verdict: 'justified', text: 'the limit was too low' }

describe('a review is taken', () => {
  says([
    ['of somebody else', /^OwnObject$/, reviewing(good)],
    ['without a verdict, which may come later', /^OwnObject$/, reviewing({ by: 'bob' })],
    ['with a verdict that comes later', /^OwnObject$/, reviewing(good, { before: { by: 'bob' } })],
    ['with a link', /^OwnObject$/, reviewing({ ...good, link: 'https://git.example.com/x' })],
    ['of now', /^OwnObject$/, reviewing({ ...good, at: momentText(begin) })],
    [
      'with the time that stood there',
      /^OwnObject$/,
      reviewing(
        { ...good, at: '2020-01-01T00:00:00Z' },
        { before: { by: 'bob', at: '2020-01-01T00:00:00Z' } },
      ),
    ],
    [
      'of somebody who goes on with that of another',
      /^OwnObject$/,
      reviewing(good, { before: { by: 'carol', text: 'a draft' } }),
    ],
    [
      'by its holder, as long as nothing changes',
      /^OwnObject$/,
      reviewing(good, { user: holder, before: good }),
    ],
  ])
})

describe("a draft is the holder's to write", () => {
  const draft = { by: holder.username, text: 'what happened', link: 'https://git.example.com/x' }
  says([
    ['as long as there is no verdict', /^OwnObject$/, reviewing(draft, { user: holder })],
    [
      'and no longer',
      /^Protected: .*nobody reviews their own/,
      reviewing({ ...draft, verdict: 'justified' }, { user: holder, before: draft }),
    ],
    [
      'nor in place of a verdict',
      /^Protected: .*nobody reviews their own/,
      reviewing(draft, { user: holder, before: good }),
    ],
  ])
})

describe('a review is refused', () => {
  const his = { ...good, by: holder.username }
  const impersonated = { ...bob, uid: '', extra: new Map() }
  says([
    ['of the holder', /^Protected: .*nobody reviews their own/, reviewing(his, { user: holder })],
    [
      'in the name of others',
      /^Protected: .*your own username/,
      reviewing({ ...good, by: 'carol' }),
    ],
    [
      'of the holder in the name of others',
      /^Protected: .*your own/,
      reviewing(good, { user: holder }),
    ],
    [
      'of whom the holder impersonates',
      /^Protected: .*impersonates/,
      reviewing(good, { user: impersonated }),
    ],
    [
      'of a job',
      /^Protected: .*people review/,
      reviewing({ ...good, by: deployer.username }, { user: deployer }),
    ],
    [
      'of our own account',
      /^Protected: .*people review/,
      reviewing({ ...good, by: ours.username }, { user: ours }),
    ],
    ['that is taken away', /^Protected: .*not taken away/, reviewing(undefined, { before: good })],
    ['that is of nobody', /^Protected: .*by is required/, reviewing({ text: 'x' })],
    [
      'with another verdict',
      /^Protected: .*verdict must be/,
      reviewing({ ...good, verdict: 'fine' }),
    ],
    ['with more than there is', /^Protected: .*not known/, reviewing({ ...good, waived: true })],
    [
      'of yesterday',
      /^Protected: .*time now/,
      reviewing({ ...good, at: momentText(begin - 1440 * minute) }),
    ],
    [
      'of tomorrow',
      /^Protected: .*time now/,
      reviewing({ ...good, at: momentText(begin + 1440 * minute) }),
    ],
    ['of no time', /^Protected: .*time now/, reviewing({ ...good, at: 'today' })],
    [
      'of what is closed',
      /^Protected: .*closed keeps/,
      reviewing(
        { ...good, text: 'other' },
        { before: good, status: { ...status, phase: 'Closed' } },
      ),
    ],
  ])
})

describe('while the post-mortem does not say whose grant it was, the grant does', () => {
  const his = reviewing({ ...good, by: holder.username }, { user: holder, status: {} })
  for (const [title, grant] of [
    ['by its status', activeGrant()],
    ['by its token', newGrant()],
  ] as const) {
    test(title, async () => {
      const decide = replica({ grants: fakeGrants([grant]) })
      assert.match(saying(await decide(his)), /^Protected: .*nobody reviews their own/)
      assert.equal(saying(await decide(reviewing(good, { status: {} }))), 'OwnObject')
    })
  }

  test('and it tells the holder by the certificate too', async () => {
    const decide = replica({ grants: fakeGrants([activeGrant()]) })
    const other = { ...loggedIn(holder, 'X509SHA256=abc'), username: 'bob' }
    const decision = await decide(reviewing(good, { user: other }))
    assert.match(saying(decision), /^Protected: .*nobody reviews their own/)
    const token = { ...loggedIn(holder, 'JTI=1'), username: 'bob' }
    assert.equal(saying(await decide(reviewing(good, { user: token }))), 'OwnObject')
  })

  test('and if it is gone, nobody reviews it', async () => {
    const decide = replica({ grants: fakeGrants() })
    assert.match(saying(await decide(reviewing(good, { status: {} }))), /^Protected: .*try again/)
  })

  test('nor if it cannot be read', async () => {
    const grants = fakeGrants([activeGrant()])
    grants.faults.read = 'unreachable'
    // Whoever answers the API server makes a denial of it.
    await assert.rejects(replica({ grants })(reviewing(good, { status: {} })), {
      code: 'ClusterUnreachable',
    })
  })
})
