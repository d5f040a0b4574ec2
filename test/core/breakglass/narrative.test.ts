import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { narrativeOf } from '../../../src/core/breakglass/narrative.ts'
import { postMortemFacts } from '../../../src/core/breakglass/narrative-facts.ts'
import { code, plain } from '../../../src/core/breakglass/narrative-markdown.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'

const use: JsonObject = {
  n: 1,
  time: '2026-02-21T12:05:00Z',
  op: 'UPDATE',
  target: {
    group: 'apps',
    resource: 'deployments',
    subresource: 'scale',
    namespace: 'pay',
    name: 'api',
  },
  paths: ['spec.replicas'],
  diff: [{ op: 'replace', path: 'spec.replicas', from: '3', value: '5' }],
  decisionId: '01KHYQXZ0078MA14MKNCEM78NH',
  state: 'Committed',
  confirmedAt: '2026-02-21T12:05:10Z',
  resolution: {
    kind: 'Promoted',
    repository: 'fleet',
    commit: '9c1f2ab3d4e5'.padEnd(40, '0'),
    at: '2026-02-21T12:40:00Z',
  },
}

function postMortem(status: JsonObject = {}, review?: JsonObject): JsonObject {
  return {
    metadata: { name: 'pm-1', creationTimestamp: '2026-02-21T12:00:00Z' },
    spec: { grant: 'bg-1', ...(review !== undefined && { review }) },
    status: {
      phase: 'Resolved',
      holder: 'alice@acme.example',
      approvers: ['oidc:bob', 'carol'],
      incident: 'INC-42',
      reason: '5xx storm',
      activatedAt: '2026-02-21T12:02:00Z',
      expiresAt: '2026-02-21T13:02:00Z',
      grantPhase: 'Revoked',
      resolvedAt: '2026-02-21T12:41:00Z',
      due: { draft: '2026-02-22T12:00:00Z', review: '2026-02-23T23:00:00Z' },
      uses: [use],
      holds: [{ use: 1, at: '2026-02-21T12:06:00Z', by: 'flux', commit: 'fleet@1', until: 'x' }],
      ...status,
    },
  }
}

const grant: JsonObject = {
  metadata: { name: 'bg-1', creationTimestamp: '2026-02-21T12:00:00Z' },
  spec: { revoked: { by: 'dave', at: '2026-02-21T12:30:00Z', reason: 'enough' } },
  status: {
    phase: 'Revoked',
    approvals: [
      { by: 'oidc:bob', at: '2026-02-21T12:01:00Z' },
      { by: 'carol', at: '2026-02-21T12:02:00Z' },
    ],
  },
}

const pageOf = (status: JsonObject = {}, review?: JsonObject, of: JsonObject | undefined = grant) =>
  narrativeOf(postMortemFacts(postMortem(status, review), of))
const linesOf = (page: string, beginning: string) =>
  page.split('\n').filter((line) => line.startsWith(beginning))

describe('the narrative', () => {
  test('has the facts, in the order of time', () => {
    const page = pageOf(
      {},
      { by: 'erin', at: '2026-02-23T09:00:00Z', verdict: 'justified', text: 'ok' },
    )
    assert.deepEqual(linesOf(page, '| 2026'), [
      '| 2026-02-21T12:00:00Z | the token was used up | the on-call engineer |',
      '| 2026-02-21T12:01:00Z | approved | approver 1 |',
      '| 2026-02-21T12:02:00Z | approved | approver 2 |',
      '| 2026-02-21T12:02:00Z | the grant became active |  |',
      '| 2026-02-21T12:05:00Z | use 1: UPDATE deployments.apps/scale pay/api | the on-call engineer |',
      '| 2026-02-21T12:06:00Z | use 1: flux was kept from undoing it |  |',
      '| 2026-02-21T12:30:00Z | the grant was revoked | somebody who revoked it |',
      '| 2026-02-21T12:40:00Z | use 1: Promoted by fleet@9c1f2ab3d4e5 |  |',
      '| 2026-02-21T12:41:00Z | Git had caught up with every use |  |',
      '| 2026-02-23T09:00:00Z | reviewed: justified | the reviewer |',
    ])
    for (const line of [
      '| Incident | `INC-42` |',
      '| Grant | `bg-1`, Revoked |',
      '| Approved by | approver 1, approver 2 |',
      '| Uses | 1, none open |',
      '### Use 1: UPDATE `deployments.apps/scale pay/api`',
      '| changed | `spec.replicas` | `3` | `5` |',
      'justified, 2026-02-23T09:00:00Z',
    ]) {
      assert.ok(page.split('\n').includes(line), line)
    }
  })

  test('asks for what only people know', () => {
    assert.deepEqual(linesOf(pageOf(), '## '), [
      '## Why the glass was broken',
      '## Timeline',
      '## Changes',
      '## Why was Git not usable?',
      '## Impact',
      '## Contributing factors',
      '## What went well',
      '## What went badly',
      '## Where we were lucky',
      '## Actions',
      '## Review',
    ])
    assert.match(pageOf(), /^\| Action \| Kind \| Owner \| Due \| Ticket \|$/m)
    assert.match(pageOf(), /^Open\. Somebody other than the on-call engineer decides/m)
  })

  test('names nobody, not in what they wrote either', () => {
    const reason = 'Alice asked bob; alice@acme.example and oidc:bob agreed, malice did not'
    const review = { by: 'erin', verdict: 'justified', text: 'Erin and Dave:\nalice did well' }
    const page = pageOf({ reason }, review)
    assert.doesNotMatch(page, /\b(?:alice|bob|carol|dave|erin)\b/i)
    assert.match(page, /the on-call engineer asked approver 1; .*, malice did not/)
    assert.match(page, /^> the on-call engineer did well$/m)
  })

  test('says what is hidden, left out or unnecessary, and what was not waited for', () => {
    const diff = [
      { op: 'replace', path: 'data.password', hidden: 'Confidential' },
      { op: 'add', path: 'data["a|b"]', hidden: 'Document' },
      { op: 'remove', path: 'spec.x', from: '' },
      { op: 'replace', path: 'spec.y', from: 'a', value: 'b', hidden: 'of another version' },
    ]
    const { resolution: _, ...open } = use
    const uses = [{ ...open, state: 'Admitted', unnecessary: true, diff, diffTruncated: true }]
    const page = pageOf({ uses, approvers: [], skippedApprovers: ['sre-lead'] })
    for (const line of [
      '| changed | `data.password` | (confidential) | (confidential) |',
      String.raw`| added | ${'`'}data["a\|b"]${'`'} |  | (document) |`,
      '| removed | `spec.x` | (empty) |  |',
      '| changed | `spec.y` | (confidential) | (confidential) |',
      'There was more than is kept.',
      'Git declared the same already: the glass need not have been broken.',
      '| Approved by | nobody; not waited for: `sre-lead` |',
      '| Uses | 1, 1 open |',
    ]) {
      assert.ok(page.split('\n').includes(line), line)
    }
  })

  test('is whole without the grant, without uses, and without a status', () => {
    const gone = pageOf({ grantPhase: 'Expired' }, undefined, {})
    assert.match(gone, /^\| Grant \| `bg-1`, Expired \|$/m)
    assert.match(pageOf({ uses: [] }), /^Nothing was written under the grant\.$/m)
    const bare = narrativeOf(postMortemFacts({ metadata: { name: 'pm-2' }, spec: {} }, undefined))
    assert.match(bare, /^# Post-mortem pm-2$/m)
    assert.doesNotMatch(bare, /undefined|null|NaN|\[object/)
  })
})

const texts = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('|', '\\', '`', 'a', ' ', '\n') }),
)

describe('what somebody wrote', () => {
  test('is shown, and does nothing else', () => {
    const reason =
      '![x](http://evil.example/p.png) <script>alert(1)</script> | a\n# b\n- c `d` \u202ee'
    const page = pageOf({ reason })
    assert.doesNotMatch(page, /(?<!\\)<script|(?<!\\)!\[|^# b|^- c|\u202e/m)
    const cells = pageOf({
      uses: [{ ...use, diff: [{ op: 'replace', path: 'a', from: 'x`|`y', value: '``' }] }],
    })
    assert.match(cells, /^\| changed \| `a` \| `` x`\\\|`y `` \| ``` `` ``` \|$/m)
  })

  test('stays on its line, in its cell and its code, whatever it is', () => {
    fc.assert(
      fc.property(texts, (text) => {
        for (const shown of [plain(text), code(text)]) {
          assert.doesNotMatch(shown, /[\n\r]/)
          assert.doesNotMatch(shown.replaceAll(/\\[\\|]/g, ''), /\|/)
        }
        const [fence = ''] = /^`*/.exec(code(text)) ?? []
        const inner = code(text).slice(fence.length, code(text).length - fence.length)
        const runs = (inner.match(/`+/g) ?? []).map(({ length }) => length)
        assert.ok(fence === '' || !runs.includes(fence.length))
      }),
    )
  })
})
