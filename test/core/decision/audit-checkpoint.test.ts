import { describe } from 'node:test'
import type { AdmissionRequest, UserInfo } from '../../../src/core/admission/request.ts'
import { account } from '../../fakes/requests.ts'
import { gvk, gvr, own } from './deciding.ts'
import { holder, loggedIn, says } from './granting.ts'

// Whoever wants to cut records off has to get at the checkpoint in the cluster too.

const ours = account(own.namespace, 'solewriter-controller')
const alice = loggedIn(holder, 'X509SHA256=a11ce')

function writing(
  user: UserInfo,
  operation: AdmissionRequest['operation'],
  subresource = '',
): Partial<AdmissionRequest> {
  const object = { metadata: { name: 'chain-1' }, spec: { seq: 1 } }
  return {
    user,
    operation,
    subresource,
    resource: gvr('auditcheckpoints', 'solewriter.dev', 'v1alpha1'),
    kind: gvk('AuditCheckpoint', 'solewriter.dev', 'v1alpha1'),
    namespace: '',
    name: 'chain-1',
    oldObject: operation === 'CREATE' ? null : object,
    object: operation === 'DELETE' ? null : { ...object, spec: { seq: 2 } },
  }
}

describe('a checkpoint in the cluster', () => {
  says([
    ['is made by us', /^OwnObject$/, writing(ours, 'CREATE')],
    ['is brought up to date by us', /^OwnObject$/, writing(ours, 'UPDATE')],
    ['is not removed by us either', /^Protected/, writing(ours, 'DELETE')],
    ['is made by nobody else', /^Protected/, writing(alice, 'CREATE')],
    ['is changed by nobody else', /^Protected/, writing(alice, 'UPDATE')],
    ['is removed by nobody else', /^Protected/, writing(alice, 'DELETE')],
    ['has no scale', /^Protected/, writing(ours, 'UPDATE', 'scale')],
    [
      'is nothing to a controller of another namespace with our name',
      /^Protected/,
      writing(account('elsewhere', 'solewriter-controller'), 'UPDATE'),
    ],
  ])
})
