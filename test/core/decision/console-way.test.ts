import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import type { Live } from '../../../src/core/exceptions/cluster.ts'
import { goodPolicy, head, issuesOf } from '../policy/policies.ts'
import { alice } from '../../fakes/requests.ts'
import { decide, gvr, reasonOf } from './deciding.ts'

// The preset `console`: a way through the API server to our own pages, and into nothing else.

const preset = '  exceptions:\n  - {preset: console, subject: {group: viewers}}\n'
const enforcing = `  mode: enforce\n${preset}`

function podOf(serviceAccountName: string): Live {
  return { kind: 'found', object: { spec: { serviceAccountName } } }
}

const live = {
  'Pod solewriter-system/controller-1': podOf('solewriter-controller'),
  'Pod solewriter-system/solewriter-0': podOf('solewriter'),
  'Pod solewriter-system/other': podOf('default'),
  'Pod solewriter-system/gone': { kind: 'absent' },
  'Pod solewriter-system/secret': { kind: 'unreadable', permission: 'get pods' },
  'Pod pay/api': podOf('solewriter-controller'),
} as const

const person = (username: string, groups: readonly string[]) => ({ ...alice, username, groups })
const viewer = person('carol', ['viewers'])
const forward = {
  user: viewer,
  operation: 'CONNECT',
  namespace: 'solewriter-system',
  name: 'controller-1',
  resource: gvr('pods'),
  subresource: 'portforward',
  object: {},
  oldObject: null,
} as const satisfies Partial<AdmissionRequest>

describe('the preset console', () => {
  test('lets its group forward ports of the controller, in every mode', async () => {
    for (const mode of ['enforce', 'audit', 'warn', '"off"']) {
      const spec = `  mode: ${mode}\n  scopes: [{namespaces: [prod], mode: enforce}]\n`
      const { verdict, allowed } = await decide(forward, { exceptions: spec + preset, live })
      assert.deepEqual([verdict.kind, allowed], ['allow', true], mode)
      if (mode !== '"off"') {
        assert.deepEqual([verdict.reason, verdict.rule], ['Exception', 'console/subject'], mode)
      }
    }
  })

  const refused: readonly (readonly [string, Partial<AdmissionRequest>, string?])[] = [
    ['somebody of another group', { user: person('mallory', ['developers']) }],
    ['a Pod of serve', { name: 'solewriter-0' }],
    ['another Pod of our namespace', { name: 'other' }],
    ['a Pod that is not there', { name: 'gone' }],
    ['a Pod that we may not read', { name: 'secret' }],
    ['a Pod of that account elsewhere', { namespace: 'pay', name: 'api' }, 'HumanWrite'],
    ['a command in it', { subresource: 'exec', object: { command: ['sh'] } }],
    ['attaching to it', { subresource: 'attach' }],
    ['its proxy', { subresource: 'proxy' }],
    [
      'a container in it',
      { subresource: 'ephemeralcontainers', operation: 'UPDATE', oldObject: {} },
    ],
    ['an eviction of it', { subresource: 'eviction', operation: 'CREATE' }],
    ['its deletion', { subresource: '', operation: 'DELETE', object: null, oldObject: {} }],
    [
      'the proxy of our Service',
      { resource: gvr('services'), subresource: 'proxy', name: 'solewriter' },
    ],
    [
      'its logs by another name',
      { resource: gvr('secrets'), subresource: '', operation: 'CREATE', name: 'x' },
    ],
  ]
  for (const [title, changes, reason = 'Protected'] of refused) {
    test(`does not let it have ${title}`, async () => {
      assert.equal(
        await reasonOf({ ...forward, ...changes }, { exceptions: enforcing, live }),
        reason,
      )
    })
  }

  test('is not opened by a row that was written by hand', async () => {
    const row = `  exceptions:
  - name: console
    subject: {group: viewers}
    reason: to look
    allow: [{resources: [pods/portforward], operations: [CONNECT], namespaces: [solewriter-system]}]
`
    const exceptions = `  mode: enforce\n${row}`
    for (const name of ['controller-1', 'solewriter-0']) {
      assert.equal(await reasonOf({ ...forward, name }, { exceptions, live }), 'Protected')
    }
  })

  test('is for somebody whom the policy names', () => {
    const message = (entry: string) => issuesOf(`${head}  exceptions:\n  - ${entry}\n`).join('\n')
    assert.match(message('{preset: console}'), /preset console needs a subject/)
    assert.match(
      message('{preset: console, subject: {group: system:authenticated}}'),
      /everybody who can log in/,
    )
    assert.match(
      message('{preset: console, subject: {group: a}, namespaces: [pay]}'),
      /namespaces: means nothing for preset console/,
    )
    assert.match(
      message('{preset: console, subject: {group: a}, accounts: {}}'),
      /accounts: means nothing/,
    )
    assert.match(
      message(
        '{preset: console, subject: {group: a}, allow: [{resources: [pods], operations: [DELETE], namespaces: [a]}]}',
      ),
      /allow: comes with preset console/,
    )
    assert.match(
      message('{preset: console, subject: {group: a}}\n  - {preset: console, subject: {group: b}}'),
      /give one of them a name of its own/,
    )
  })

  test('may be there for several groups, by names', () => {
    const two =
      '{preset: console, subject: {group: a}}\n  - {preset: console, name: audit, subject: {user: bob}}'
    const { exceptions } = goodPolicy(`${head}  exceptions:\n  - ${two}\n`).spec
    assert.deepEqual(
      exceptions.map(({ name }) => name),
      ['console/subject', 'audit/subject'],
    )
    for (const { allow } of exceptions) {
      assert.deepEqual(
        allow.map(({ resources, operations, namespaces }) => [resources, operations, namespaces]),
        [[['pods/portforward'], ['CONNECT'], ['solewriter-system']]],
      )
    }
  })
})
