import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AdmissionRequest, UserInfo } from '../../../src/core/admission/request.ts'
import { approvalName, scopeDigest } from '../../../src/core/breakglass/approval.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { account } from '../../fakes/requests.ts'
import { gvk, gvr, own } from './deciding.ts'
import {
  activeGrant,
  fakeGrants,
  grantName,
  holder,
  loggedIn,
  replica,
  saying,
  says,
  type Said,
} from './granting.ts'

const ours = account(own.namespace, 'solewriter-controller')
const groups = ['sre-lead', 'system:authenticated']
const bob: UserInfo = { ...loggedIn(holder, 'X509SHA256=bobs'), username: 'bob', groups }

describe('approvals', () => {
  const waiting = activeGrant({
    status: { phase: 'Pending', approvalsWanted: { required: 1, groups: ['sre-lead'] } },
  })
  const spec = { grant: grantName, by: 'bob', group: 'sre-lead', scope: scopeDigest(waiting) }
  const approving = (
    given: JsonObject = {},
    changes: Partial<AdmissionRequest> = {},
  ): Partial<AdmissionRequest> => {
    const by = typeof given['by'] === 'string' ? given['by'] : 'bob'
    return {
      user: bob,
      operation: 'CREATE',
      resource: gvr('breakglassapprovals', 'solewriter.dev', 'v1alpha1'),
      kind: gvk('BreakGlassApproval', 'solewriter.dev', 'v1alpha1'),
      namespace: '',
      name: 'a',
      object: { metadata: { name: approvalName(grantName, by) }, spec: { ...spec, ...given } },
      ...changes,
    }
  }
  const alice: UserInfo = { ...holder, groups: ['sre-lead'] }
  const cases: readonly Said[] = [
    ['of another person in the group', /^OwnObject/, approving()],
    [
      'of the holder',
      /^Protected: .*themselves/,
      approving({ by: alice.username }, { user: alice }),
    ],
    [
      'of the holder with another certificate',
      /^Protected/,
      approving({ by: alice.username }, { user: { ...alice, extra: new Map() } }),
    ],
    [
      'of the holder under another name, with the same certificate',
      /^Protected: .*themselves/,
      approving({}, { user: { ...bob, extra: holder.extra } }),
    ],
    [
      'of somebody who has a token, as the holder may',
      /^OwnObject/,
      approving({}, { user: loggedIn(bob, 'JTI=1') }),
    ],
    ['in the name of somebody else', /^Protected: .*your own/, approving({ by: 'carol' })],
    [
      'of a group that one is not in',
      /^Protected: .*your groups/,
      approving({ group: 'security' }),
    ],
    [
      'of a group that nobody waits for',
      /^Protected: .*waits for members of sre-lead/,
      approving({ group: 'system:authenticated' }),
    ],
    ['of another scope', /^Protected: .*another scope/, approving({ scope: 'sha256:0' })],
    ['of no grant', /^Protected/, approving({ grant: 'bg-other' })],
    ['with more to say', /^Protected/, approving({ more: 'x' })],
    [
      'under another name',
      /^Protected: .*name has to be/,
      approving({}, { object: { metadata: { name: 'x' }, spec } }),
    ],
    ['changed', /^Protected/, approving({}, { operation: 'UPDATE' })],
    ['taken back', /^Protected/, approving({}, { operation: 'DELETE' })],
  ]
  says(cases, { grants: fakeGrants([waiting]) })

  test('are for grants that wait for them', async () => {
    const decide = replica({ grants: fakeGrants([activeGrant()]) })
    assert.match(saying(await decide(approving())), /^Protected: .*waits for no approval/)
  })
})

describe('post-mortems', () => {
  const about = (changes: Partial<AdmissionRequest>): Partial<AdmissionRequest> => ({
    user: bob,
    operation: 'UPDATE',
    resource: gvr('postmortems', 'solewriter.dev', 'v1alpha1'),
    kind: gvk('PostMortem', 'solewriter.dev', 'v1alpha1'),
    namespace: '',
    name: 'pm-1',
    ...changes,
  })
  const status = { holder: holder.username }
  const oldObject = { spec: { grant: grantName }, status }
  const review = (by: string) => ({
    spec: { grant: grantName, review: { by, verdict: 'justified' } },
    status,
  })
  says([
    ['are reviewed by people', /^OwnObject/, about({ oldObject, object: review('bob') })],
    ['but not in the name of others', /^Protected/, about({ oldObject, object: review('carol') })],
    [
      'and nothing else of them changes',
      /^Protected/,
      about({ oldObject, object: { spec: { grant: 'x' }, status } }),
    ],
    [
      'nor their status',
      /^Protected/,
      about({ oldObject, object: oldObject, subresource: 'status' }),
    ],
    [
      'nor are they made',
      /^Protected/,
      about({ operation: 'CREATE', object: oldObject, oldObject: null }),
    ],
    ['or deleted', /^Protected/, about({ operation: 'DELETE', object: null, oldObject })],
    [
      'solewriter makes them',
      /^OwnObject/,
      about({ user: ours, operation: 'CREATE', object: oldObject, oldObject: null }),
    ],
    [
      'and says how they stand',
      /^OwnObject/,
      about({ user: ours, oldObject, object: oldObject, subresource: 'status' }),
    ],
    [
      'and does not delete them',
      /^Protected/,
      about({ user: ours, operation: 'DELETE', object: null, oldObject }),
    ],
  ])
})
