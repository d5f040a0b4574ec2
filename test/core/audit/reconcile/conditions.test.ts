import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { parseCondition } from '../../../../src/core/audit/reconcile/condition-syntax.ts'
import { evaluate, unknown } from '../../../../src/core/audit/reconcile/condition-value.ts'
import { exemptionOf } from '../../../../src/core/audit/reconcile/exemption.ts'
import { readEvent } from '../../../../src/core/audit/reconcile/api-event.ts'
import { shippedConditions } from '../../../../src/core/audit/reconcile/shipped-conditions.ts'
import type { JsonObject } from '../../../../src/core/manifest/json.ts'
import { event } from './ground.ts'

interface Configuration {
  readonly kind: string
  readonly webhooks: readonly {
    readonly name: string
    readonly matchConditions: readonly { readonly name: string; readonly expression: string }[]
  }[]
}

const root = path.join(import.meta.dirname, '..', '..', '..', '..')
const file = path.join(root, 'manifests', 'base', 'webhook.yaml')

test('the shipped conditions are those of the manifest', () => {
  const documents = parseAllDocuments(readFileSync(file, 'utf8'))
  const configuration = documents
    .map((document) => document.toJS() as Configuration)
    .find(({ kind }) => kind === 'ValidatingWebhookConfiguration')
  const [webhook] = configuration?.webhooks ?? []
  assert.equal(webhook?.name, 'writes.solewriter.dev')
  const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim()
  assert.deepEqual(
    Array.from(shippedConditions, ([name, text]) => [name, oneLine(text)]),
    webhook.matchConditions.map(({ name, expression }) => [name, oneLine(expression)]),
  )
})

describe('a condition', () => {
  const variables = { a: { t: 'x', f: false, list: ['x', 'y'], e: [], map: { k: 'v' } } }
  const cases: readonly (readonly [string, string | boolean | typeof unknown])[] = [
    [`'x'`, 'x'],
    [`a.t`, 'x'],
    [`a.t == 'x'`, true],
    [`a.t != 'x'`, false],
    [`'a' + '.' + a.t`, 'a.x'],
    [`a.t in ['x', 'z']`, true],
    [`a.t in []`, false],
    [`'k' in a.map`, true],
    [`'t' in a.map`, false],
    [`'toString' in a.map`, false],
    [`has(a.t)`, true],
    [`has(a.none)`, false],
    [`has(a.toString)`, false],
    [`a.map['k']`, 'v'],
    [`a.list.exists(i, i.startsWith('y'))`, true],
    [`a.list.exists(i, i == 'z')`, false],
    [`a.e.exists(i, i == 'z')`, false],
    [`has(a.t) ? 'yes' : 'no'`, 'yes'],
    [`!has(a.t) || a.t == 'x' && a.f`, false],
    [`!(has(a.t) && !a.f)`, false],
    // What is unknown decides nothing, and does not matter where something else decides.
    [`b.t`, unknown],
    [`a.none == 'x'`, unknown],
    [`a.none in ['x']`, unknown],
    [`has(b.t)`, unknown],
    [`!b`, unknown],
    [`b && false`, unknown],
    [`a.f && b`, false],
    [`b && a.f`, false],
    [`b || !a.f`, true],
    [`b || a.f`, unknown],
    [`b ? 'x' : 'x'`, unknown],
    [`a.t.startsWith(b)`, unknown],
    [`a.t.exists(i, true)`, unknown],
    [`[a.t, b]`, unknown],
    [`a.t && a.f`, false],
    [`a.t == a.f`, unknown],
  ]
  for (const [text, expected] of cases) {
    test(text, () => {
      assert.equal(evaluate(parseCondition(text), variables), expected)
    })
  }

  for (const text of [
    '',
    'a.',
    'a b',
    '(a',
    `'a`,
    'a.size()',
    'a ? b',
    '1 == 1',
    'has(a)',
    '[a',
    'a == "b"',
  ]) {
    test(`is not ${text === '' ? 'empty' : text}`, () => {
      assert.throws(() => parseCondition(text), SyntaxError)
    })
  }
})

describe('a write', () => {
  const id = (credential: string) => ({
    extra: { 'authentication.kubernetes.io/credential-id': [credential] },
  })
  const own = 'system:serviceaccount:kube-system:'
  const written = (user: JsonObject, objectRef: JsonObject, verb = 'update') =>
    readEvent(event({ at: 0 }, { user, objectRef, verb, responseStatus: { code: 200 } }))
  const volume = { resource: 'persistentvolumes', name: 'v' }

  const cases: readonly (readonly [string, JsonObject, JsonObject, string | undefined])[] = [
    [
      'of an Event',
      { username: 'alice' },
      { resource: 'events', namespace: 'a', name: 'e' },
      'events',
    ],
    [
      'of an Event of its own group',
      { username: 'alice' },
      { resource: 'events', apiGroup: 'events.k8s.io' },
      'events',
    ],
    [
      'of events of somebody',
      { username: 'alice' },
      { resource: 'events', apiGroup: 'x.io' },
      undefined,
    ],
    [
      'of a node about itself',
      { username: 'system:node:n1', groups: ['system:nodes'], ...id('X509SHA256=a') },
      { resource: 'nodes', subresource: 'status', name: 'n1' },
      'node-heartbeats',
    ],
    [
      'of a node about another',
      { username: 'system:node:n1', groups: ['system:nodes'], ...id('X509SHA256=a') },
      { resource: 'nodes', subresource: 'status', name: 'n2' },
      undefined,
    ],
    [
      'of a node without its credential',
      { username: 'system:node:n1', groups: ['system:nodes'] },
      { resource: 'nodes', subresource: 'status', name: 'n1' },
      undefined,
    ],
    [
      'of the API server',
      { username: 'system:apiserver', uid: 'u', groups: ['system:masters'] },
      { resource: 'roles', apiGroup: 'rbac.authorization.k8s.io', name: 'r' },
      'api-server',
    ],
    [
      'of one that is called so',
      { username: 'system:apiserver', groups: ['system:masters'] },
      { resource: 'roles', apiGroup: 'rbac.authorization.k8s.io', name: 'r' },
      undefined,
    ],
    [
      'of a volume that may be ours',
      { username: `${own}persistent-volume-binder`, ...id('JTI=a') },
      volume,
      'own-volumes (perhaps)',
    ],
    ['of a volume by somebody', { username: 'alice', ...id('JTI=a') }, volume, undefined],
  ]
  for (const [title, user, objectRef, expected] of cases) {
    test(`${title}: ${expected ?? 'is asked about'}`, () => {
      const told = written(user, objectRef)
      assert.ok(told !== undefined && told !== 'none')
      const exemption = exemptionOf(told, 'UPDATE')
      const text =
        exemption?.isSure === false ? `${exemption.condition} (perhaps)` : exemption?.condition
      assert.equal(text, expected)
    })
  }
})
