import { describe } from 'node:test'
import type { AdmissionRequest, UserInfo } from '../../../src/core/admission/request.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { account, deployer } from '../../fakes/requests.ts'
import { gvk, gvr, own } from './deciding.ts'
import { holder, loggedIn, says } from './granting.ts'

// How somebody could get rid of what was found of their writes, or make up something about others.

const ours = account(own.namespace, 'solewriter-controller')
const bob: UserInfo = { ...loggedIn(holder, 'X509SHA256=b0b'), username: 'bob' }
const name = 'pm-bypass-20260221t12-2bd806c97f0e'

function postMortem(more: JsonObject = {}, writes: readonly number[] = [1, 2]): JsonObject {
  const hour = { from: '2026-02-21T12:00:00Z', to: '2026-02-21T13:00:00Z' }
  return {
    metadata: { name },
    spec: { bypass: { actor: holder.username, ...hour }, ...more },
    status: { phase: 'Resolved', count: writes.length, writes: writes.map((n) => ({ n })) },
  }
}

function asking(user: UserInfo, changes: Partial<AdmissionRequest>): Partial<AdmissionRequest> {
  return {
    user,
    operation: 'UPDATE',
    resource: gvr('postmortems', 'solewriter.dev', 'v1alpha1'),
    kind: gvk('PostMortem', 'solewriter.dev', 'v1alpha1'),
    namespace: '',
    name,
    oldObject: postMortem(),
    ...changes,
  }
}

const making = (user: UserInfo) =>
  asking(user, { operation: 'CREATE', object: postMortem(), oldObject: null })
const telling = (user: UserInfo, writes: readonly number[]) =>
  asking(user, { subresource: 'status', object: postMortem({}, writes) })
const reviewing = (user: UserInfo) =>
  asking(user, {
    object: postMortem({ review: { by: user.username, verdict: 'justified', text: 'so' } }),
  })

function reviewingOf(actor: string, user: UserInfo): Partial<AdmissionRequest> {
  const about = (one: unknown) => {
    const { spec, ...rest } = one as { readonly spec: JsonObject }
    return { ...rest, spec: { ...spec, bypass: { ...(spec['bypass'] as JsonObject), actor } } }
  }
  const { object, ...asked } = reviewing(user)
  return { ...asked, object: about(object), oldObject: about(postMortem()) }
}

describe('the post-mortem of a bypass', () => {
  says([
    ['is made by us', /^OwnObject$/, making(ours)],
    ['and by nobody else', /^Protected/, making(bob)],
    ['nor by a writer', /^Protected/, making(deployer)],
    ['nor by somebody in our name', /^Protected/, making({ ...ours, uid: '', extra: new Map() })],
    ['grows', /^OwnObject$/, telling(ours, [1, 2, 3])],
    ['and forgets nothing', /no write of it is forgotten/, telling(ours, [2])],
    ['nor lets others say anything', /^Protected/, telling(bob, [1, 2, 3])],
    ['is reviewed by somebody else', /^OwnObject$/, reviewing(bob)],
    ['and not by who wrote', /nobody reviews their own writes/, reviewing(holder)],
    [
      'however long their name',
      /nobody reviews their own writes/,
      reviewingOf('x'.repeat(1024), { ...bob, username: 'x'.repeat(2000) }),
    ],
    [
      'nor by whom somebody impersonates',
      /does not show with what you logged in/,
      reviewing({ ...bob, extra: new Map() }),
    ],
    [
      'is not turned into one about somebody else',
      /^Protected/,
      asking(holder, { object: postMortem({ bypass: { actor: 'bob' } }) }),
    ],
    ['stays', /^Protected/, asking(holder, { operation: 'DELETE', object: null })],
  ])
})
