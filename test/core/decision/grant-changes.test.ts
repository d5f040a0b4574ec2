import { describe } from 'node:test'
import type { AdmissionRequest, UserInfo } from '../../../src/core/admission/request.ts'

import { tokenDigest } from '../../../src/core/breakglass/token-digest.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { account } from '../../fakes/requests.ts'
import { goodBg } from '../breakglass/issuing.ts'
import { own } from './deciding.ts'
import {
  aboutGrant,
  activeGrant,
  begin,
  holder,
  hour,
  newGrant,
  tokenWith,
  says,
  scopeRow,
} from './granting.ts'

const ours = account(own.namespace, 'solewriter-controller')
const bob: UserInfo = { ...holder, username: 'bob', groups: ['sre-lead', 'system:authenticated'] }

function updating(before: JsonObject, after: JsonObject, changes: Partial<AdmissionRequest> = {}) {
  return aboutGrant({ operation: 'UPDATE', oldObject: before, object: after, ...changes })
}

describe('an update of a grant', () => {
  const grant = activeGrant()
  const ended = activeGrant({ spec: { ended: true } })
  const revoked = (by: string) =>
    activeGrant({ spec: { revoked: { by, at: '2026-08-23T02:16:00Z', reason: 'no' } } })
  says([
    ['by its holder, to end it', /^OwnObject/, updating(grant, ended)],
    [
      'by its holder, before anybody cleared the token',
      /^OwnObject/,
      updating(newGrant(), newGrant({ spec: { ended: true } })),
    ],
    ['by somebody else, to end it', /^Protected: .*revoke/, updating(grant, ended, { user: bob })],
    ['to go on with it', /^Protected/, updating(ended, grant)],
    [
      'to unsay that it is ended',
      /^Protected/,
      updating(ended, activeGrant({ spec: { ended: false } })),
    ],
    ['by anybody, to revoke it', /^OwnObject/, updating(grant, revoked('bob'), { user: bob })],
    ['in the name of somebody else', /^Protected: .*your own/, updating(grant, revoked('bob'))],
    ['to take a revocation back', /^Protected/, updating(revoked('bob'), grant)],
    [
      'to revoke it again',
      /^Protected: .*already/,
      updating(revoked('bob'), revoked(holder.username)),
    ],
    [
      'to revoke it with more to say',
      /^Protected/,
      updating(grant, activeGrant({ spec: { revoked: { by: holder.username, until: 'x' } } })),
    ],
    [
      'of its token',
      /^Protected/,
      updating(newGrant(), newGrant({ spec: { token: tokenWith({ jti: 'x' }) } })),
    ],
    ['to clear the token', /^Protected/, updating(newGrant(), activeGrant())],
    [
      'of its credential',
      /^Protected/,
      updating(grant, activeGrant({ spec: { credential: 'none' } })),
    ],
    [
      'of its labels',
      /^Protected/,
      updating(grant, activeGrant({ metadata: { labels: { a: 'b' } } })),
    ],
    [
      'of its finalizers',
      /^Protected/,
      updating(activeGrant({ metadata: { finalizers: ['solewriter.dev/outbox'] } }), grant),
    ],
    ['that changes nothing', /^OwnObject/, updating(grant, grant)],
    [
      'of its status, forged',
      /^Protected: .*only solewriter/,
      updating(grant, activeGrant({ status: { maxUses: 100 } }), { subresource: 'status' }),
    ],
    ['of its scale', /^Protected/, updating(grant, grant, { subresource: 'scale' })],
  ])
})

describe('what solewriter does to a grant', () => {
  const token = tokenWith()
  const said = { incident: goodBg.incident, reason: goodBg.reason, sessionSeconds: 3600 }
  const filled = {
    ...newGrant(),
    status: activeGrant({ status: { tokenSHA256: tokenDigest(token), ...said } }).status,
  }
  const cleared = { ...filled, spec: {} }
  const use = { n: 1, fingerprint: 'sha256:1', time: '2026-08-23T02:14:20Z', state: 'Admitted' }
  const used = activeGrant({ status: { uses: [use] } })
  const finalizer = { metadata: { finalizers: ['solewriter.dev/outbox'] } }
  const kept = activeGrant(finalizer)
  const archived = { status: { conditions: [{ type: 'Archived', status: 'True' }] } }
  const status = (before: JsonObject, after: JsonObject, user = ours) =>
    updating(before, after, { subresource: 'status', user })
  says([
    [
      'clears a token that is in the status',
      /^OwnObject/,
      updating(filled, cleared, { user: ours }),
    ],
    [
      'does not clear one that is not',
      /^Protected: .*filled/,
      updating(newGrant(), { ...newGrant(), spec: {} }, { user: ours }),
    ],
    [
      'does not put another in its place',
      /^Protected/,
      updating(filled, newGrant({ spec: { token: 'x' } }), { user: ours }),
    ],
    [
      'does not revoke',
      /^Protected/,
      updating(activeGrant(), activeGrant({ spec: { revoked: { by: ours.username } } }), {
        user: ours,
      }),
    ],
    ['keeps it until it is archived', /^OwnObject/, updating(activeGrant(), kept, { user: ours })],
    [
      'does not let it go before',
      /^Protected: .*archived/,
      updating(kept, activeGrant(), { user: ours }),
    ],
    [
      'lets it go then',
      /^OwnObject/,
      updating(activeGrant({ ...archived, ...finalizer }), activeGrant(archived), { user: ours }),
    ],
    [
      'fills the status',
      /^OwnObject/,
      status(newGrant({ metadata: { resourceVersion: '1' } }), filled),
    ],
    ['appends a use', /^OwnObject/, status(activeGrant(), used)],
    [
      'says what became of a use',
      /^OwnObject/,
      status(used, activeGrant({ status: { uses: [{ ...use, state: 'Committed' }] } })),
    ],
    ['forgets no use', /^Protected: .*forgotten/, status(used, activeGrant())],
    [
      'changes no use',
      /^Protected: .*forgotten/,
      status(used, activeGrant({ status: { uses: [{ ...use, time: '2026-08-23T02:14:21Z' }] } })),
    ],
    [
      'widens no scope',
      /^Protected: .*status\.scope/,
      status(activeGrant(), activeGrant({ status: { scope: [{ ...scopeRow, names: ['web'] }] } })),
    ],
    [
      'gives no more uses',
      /^Protected/,
      status(activeGrant(), activeGrant({ status: { maxUses: 99 } })),
    ],
    [
      'gives no more time',
      /^Protected/,
      status(activeGrant(), activeGrant({ status: { expiresAt: '2036-01-01T00:00:00Z' } })),
    ],
    [
      'gives it to nobody else',
      /^Protected/,
      status(activeGrant(), activeGrant({ status: { subject: { username: 'bob' } } })),
    ],
    [
      'is not who only has its name',
      /^Protected/,
      status(activeGrant(), used, { ...ours, extra: new Map() }),
    ],
    ['deletes no status', /^Protected/, { ...status(activeGrant(), used), operation: 'DELETE' }],
  ])
})

describe('a deletion of a grant', () => {
  const archived = activeGrant({
    status: { conditions: [{ type: 'Archived', status: 'True' }] },
  })
  const deleting = (oldObject: JsonObject, user = holder) =>
    aboutGrant({ operation: 'DELETE', oldObject, object: null, user })
  describe('while the token is good', () => {
    says([
      ['by anybody', /^Protected: .*again until 2026-08-23T02:31:20Z/, deleting(archived)],
      ['by solewriter', /^Protected/, deleting(archived, ours)],
      ['of a collection', /^Protected/, { ...deleting(archived), name: '' }],
    ])
  })
  describe('later', () => {
    says(
      [
        ['once it is archived', /^OwnObject/, deleting(archived)],
        ['by solewriter', /^OwnObject/, deleting(archived, ours)],
        ['before', /^Protected: .*archived/, deleting(activeGrant(), ours)],
        [
          'when that was denied',
          /^Protected/,
          deleting(
            activeGrant({ status: { conditions: [{ type: 'Archived', status: 'False' }] } }),
          ),
        ],
      ],
      { now: () => begin + hour },
    )
  })
})
