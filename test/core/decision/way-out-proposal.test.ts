import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import { configMap } from '../../fakes/requests.ts'
import { gvk, gvr, messageOf } from './deciding.ts'

const hint = 'solewriter propose -f FILE makes the commit.'
const user = { username: 'alice', uid: '', groups: [], extra: new Map<string, readonly string[]>() }
const update: Partial<AdmissionRequest> = {
  operation: 'UPDATE',
  object: configMap({}, { a: '2' }),
}

const cases: readonly (readonly [string, boolean, Partial<AdmissionRequest>])[] = [
  ['what Git declares is changed', true, { ...update, user }],
  ['something new comes', true, { name: 'other', user }],
  [
    'it is not declared, so that Git has nothing to change',
    false,
    { ...update, name: 'other', user },
  ],
  [
    'a program asks',
    false,
    { ...update, user: { ...user, username: 'system:serviceaccount:a:b' } },
  ],
  ['it goes', false, { operation: 'DELETE', user }],
  ['it is a Secret', false, { resource: gvr('secrets'), kind: gvk('Secret'), name: 'other', user }],
  ['it is a Pod', false, { resource: gvr('pods'), kind: gvk('Pod'), name: 'other', user }],
  [
    'it is no manifest',
    false,
    {
      ...update,
      resource: gvr('deployments', 'apps'),
      kind: gvk('Scale', 'autoscaling'),
      subresource: 'scale',
      user,
    },
  ],
]

describe('a denial names the command that makes the commit', () => {
  for (const [title, isNamed, changes] of cases) {
    test(`${isNamed ? 'where' : 'but not where'} ${title}`, async () => {
      assert.equal((await messageOf(changes)).includes(hint), isNamed)
    })
  }

  test('but not where a denial is only told', async () => {
    const message = await messageOf({ ...update, user }, { spec: '  mode: warn\n' })
    assert.ok(!message.includes(hint))
  })
})
