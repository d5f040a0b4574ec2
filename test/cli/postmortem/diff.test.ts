import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { gvk, gvr } from '../../core/decision/deciding.ts'
import { call, callJson } from '../breakglass/calling.ts'
import {
  grantName,
  grantWith,
  resolved,
  scaled,
  scaleNow,
  scalePath,
  startGround,
  useOf,
} from './ground.ts'

const begins = await startGround()

const secret = (value: string) => ({
  metadata: { name: 'db', namespace: 'pay', uid: 's1' },
  data: { password: value },
})
const rotated = useOf(
  {
    operation: 'UPDATE',
    resource: gvr('secrets', ''),
    kind: gvk('Secret'),
    name: 'db',
    oldObject: secret('b2xkLWh1bnRlcg=='),
    object: secret('bmV3LWh1bnRlcg=='),
  },
  2,
  2,
)
const labelled = (labels: JsonObject) => ({
  metadata: { name: 'settings', namespace: 'pay', uid: 'c1', labels },
})
const relabelled = useOf(
  {
    operation: 'UPDATE',
    oldObject: labelled({ tier: 'one', old: '' }),
    object: labelled({ tier: 'two', new: 'x' }),
  },
  3,
  3,
)
const deleted = useOf({ operation: 'DELETE', oldObject: labelled({}), object: null }, 4, 4)
const exec = useOf(
  {
    operation: 'CONNECT',
    resource: gvr('pods', ''),
    kind: gvk('PodExecOptions'),
    subresource: 'exec',
    name: 'shell',
    object: { command: ['psql', 'select 1'] },
    oldObject: null,
  },
  5,
  5,
)
const settings = '/api/v1/namespaces/pay/configmaps/settings'

function ground(uses: readonly JsonObject[], objects: ReturnType<typeof begins>['objects'] = {}) {
  const cluster = begins()
  cluster.grants.put(grantWith(uses))
  cluster.objects = objects
  return cluster
}

describe('breakglass diff', () => {
  test('shows what was changed, what it is now, and what has become of it', async () => {
    const cluster = ground([resolved(scaled)], { [scalePath]: scaleNow(5) })
    const { code, out, err } = await call(cluster, ['diff', grantName])
    assert.deepEqual([code, err], [0, ''])
    assert.equal(
      out,
      `${grantName}: 1 use by alice (INC-42: 5xx storm, three replicas are too few)

use 1     UPDATE deployments.apps/scale pay/api
time      2026-02-21T12:01:00Z
state     Committed, Promoted by fleet@9c1f2ab3d4e5
decision  01KHYQXZ0078MA14MKNCEM78N1
now       as the use left it
   FIELD          BEFORE  AFTER  NOW
~  spec.replicas  3       5      5
`,
    )
  })

  const states: readonly (readonly [
    string,
    JsonObject,
    JsonObject | 403 | undefined,
    string,
    RegExp,
  ])[] = [
    ['put back', scaled, scaleNow(3), scalePath, /^now {7}as it was before the use$[^]* 3 +5 +3$/m],
    [
      'changed again',
      scaled,
      scaleNow(9),
      scalePath,
      /^now {7}neither as before .*$[^]* 3 +5 +9$/m,
    ],
    ['gone', scaled, undefined, scalePath, /^now {7}the object is gone$[^]* 3 +5 +\(none\)$/m],
    [
      'made anew',
      scaled,
      { ...scaleNow(5), metadata: { uid: 'other' } },
      scalePath,
      /^now {7}another object of that name$/m,
    ],
    ['not to be read', scaled, 403, scalePath, /^now {7}you may not read it$[^]*AFTER\n.* 3 +5$/m],
    [
      'a label',
      relabelled,
      labelled({ new: 'x', tier: 'three' }),
      settings,
      /^~ .*tier +one +two +three$/m,
    ],
    [
      'a label that came',
      relabelled,
      labelled({ new: 'x' }),
      settings,
      /^\+ .*new +\(none\) +x +x$/m,
    ],
    ['a label that went', relabelled, labelled({}), settings, /^- .*old +"" +\(none\) +\(none\)$/m],
    [
      'a deletion',
      deleted,
      undefined,
      settings,
      /whole object was deleted$[^]*now {7}as the use left it$/m,
    ],
    ['a deletion undone', deleted, labelled({}), settings, /^now {7}as it was before the use$/m],
    ['an exec', exec, undefined, settings, /^started {3}psql$[^]*now {7}nothing that stays$/m],
  ]
  for (const [title, use, live, path, expected] of states) {
    test(`says how it is now: ${title}`, async () => {
      const cluster = ground([use], live === undefined ? {} : { [path]: live })
      const { out } = await call(cluster, ['diff', grantName])
      assert.match(out, expected)
    })
  }

  test('shows nothing of a Secret, neither then nor now', async () => {
    const cluster = ground([rotated], { '/api/v1/namespaces/pay/secrets/db': secret('bGl2ZQ==') })
    const { out } = await call(cluster, ['diff', grantName])
    assert.match(
      out,
      /^~ {2}data\.password +\(confidential\) +\(confidential\) +\(confidential\)$/m,
    )
    assert.match(out, /^now {7}cannot be told: it may be secret$/m)
    const shown = JSON.stringify(await callJson(cluster, ['diff', grantName]))
    for (const text of ['b2xk', 'bmV3', 'bGl2']) assert.ok(!(out + shown).includes(text))
  })

  test('of one use, as JSON with every key', async () => {
    const cluster = ground([scaled, exec], { [scalePath]: scaleNow(3) })
    const args = ['diff', grantName, '--use', '1']
    assert.deepEqual(await callJson(cluster, args), {
      grant: grantName,
      uses: [
        {
          n: 1,
          time: '2026-02-21T12:01:00Z',
          operation: 'UPDATE',
          target: 'deployments.apps/scale pay/api',
          paths: ['spec.replicas'],
          program: null,
          diff: [
            { op: 'replace', path: 'spec.replicas', from: '3', value: '5', now: { value: '3' } },
          ],
          diffTruncated: false,
          state: 'Admitted',
          confirmedAt: null,
          unnecessary: false,
          resolution: null,
          decisionId: '01KHYQXZ0078MA14MKNCEM78N1',
          now: { kind: 'AsBefore', text: 'as it was before the use' },
        },
      ],
    })
    const none = await call(cluster, ['diff', grantName, '--use', '7'])
    assert.deepEqual([none.code, none.out, none.err], [1, '', `${grantName} has no use 7\n`])
    for (const use of ['0', 'x', '-1']) {
      assert.equal((await call(cluster, ['diff', grantName, '--use', use])).code, 2)
    }
  })

  test('reads an object once, however many uses wrote it', async () => {
    const cluster = ground([scaled, { ...scaled, n: 2 }], { [scalePath]: scaleNow(5) })
    await call(cluster, ['diff', grantName])
    assert.equal(cluster.requests.filter(({ url }) => url === scalePath).length, 1)
  })

  test('asks for nothing but objects, whatever a use says its name is', async () => {
    const target = { ...(scaled['target'] as JsonObject), name: '../../secrets/db' }
    const cluster = ground([{ ...scaled, target }])
    const { code } = await call(cluster, ['diff', grantName])
    assert.equal(code, 0)
    assert.ok(cluster.requests.every(({ url }) => url?.includes('secrets') !== true))
  })

  test('of a grant that is not there is a no', async () => {
    const { code, err } = await call(begins(), ['diff', grantName])
    assert.deepEqual([code, err], [1, `there is no grant ${grantName}\n`])
  })
})
