import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Reconciliation } from '../../../src/core/audit/reconcile/result.ts'
import { grantsIn } from '../../../src/core/report/break-glass.ts'
import { covering } from '../../../src/core/report/coverage.ts'
import { toDecided } from '../../../src/core/report/decided.ts'
import { totalling } from '../../../src/core/report/decision-totals.ts'
import { numberNames } from '../../../src/core/report/numbers.ts'
import { durationText, numberText } from '../../../src/core/report/page-parts.ts'
import { shareText } from '../../../src/core/report/page-overview.ts'
import { reportPage } from '../../../src/core/report/page.ts'
import { readRecorded } from '../../../src/core/report/recorded.ts'
import { toReport, type Report } from '../../../src/core/report/report.ts'
import { toChangeRow, toDenialRow } from '../../../src/core/report/rows.ts'
import { verifyLines } from '../audit/chains.ts'
import { grantSets } from './generated-grants.ts'
import { period } from './generated.ts'
import { reconciliation } from './reconciliations.ts'

/** A report in which every text of somebody else is this one. */
function reportOf(hostile: string, found: Reconciliation | null = null): Report {
  const totals = totalling(period)
  const line = {
    decisionId: '01K',
    time: '2026-08-02T12:00:00Z',
    reason: 'VerifiedCommit',
    gvr: hostile,
    ns: hostile,
    user: hostile,
    rule: hostile,
    git: { repo: hostile, commit: hostile, path: hostile },
  }
  const allowed = toDecided([readRecorded({ ...line, decision: 'allow' })!])
  const denied = toDecided([readRecorded({ ...line, decision: 'deny', reason: hostile })!])
  const author = { kind: 'claimed', name: hostile, email: hostile } as const
  totals.addChange(toChangeRow(allowed, 'git', author), allowed.ms)
  totals.addDenial(toDenialRow(denied), denied.ms)
  return toReport({
    period,
    totals: totals.totals(),
    grants: grantsIn(hostileGrants(hostile), period, new Set()),
    reconciliation: found,
    verification: verifyLines([{ file: hostile, line: 1, text: hostile, isWhole: true }]),
    coverage: covering(period).coverage(),
    inputs: {
      records: [hostile],
      apiserverLog: [hostile],
      jwks: hostile,
      anchors: [hostile],
      breakGlass: hostile,
      repositories: [hostile],
      policy: hostile,
    },
    now: period.to,
  })
}

function hostileGrants(hostile: string) {
  const time = '2026-08-02T12:00:00Z'
  const review = { by: hostile, text: hostile, link: hostile, verdict: hostile, at: hostile }
  const target = { group: hostile, resource: hostile, namespace: hostile, name: hostile }
  const diff = [{ op: 'replace', path: hostile, from: hostile, value: hostile }]
  const resolution = { kind: hostile, repository: hostile, commit: hostile, at: time }
  const use = {
    n: 1,
    time,
    op: hostile,
    target,
    diff,
    state: hostile,
    program: hostile,
    resolution,
  }
  const uses = [use, { ...use, diff: [], paths: [hostile] }]
  return {
    approvals: [],
    grants: [
      {
        metadata: { name: hostile, creationTimestamp: time },
        spec: { revoked: { by: hostile } },
        status: {
          incident: hostile,
          reason: hostile,
          phase: hostile,
          subject: { username: hostile },
          approvals: [{ by: hostile, group: hostile, at: hostile }],
          scope: [{ resources: [hostile] }],
          narrowedBy: [hostile],
          uses,
          skippedApprovers: [hostile],
        },
      },
    ],
    postMortems: [
      {
        metadata: { name: hostile, creationTimestamp: time },
        spec: { grant: hostile, review },
        status: { incident: hostile, reason: hostile, overdue: [hostile], uses, phase: hostile },
      },
    ],
  }
}

const plainTags = tagsIn(reportPage(reportOf('x')))

function tagsIn(page: string): readonly string[] {
  return page.match(/<\/?[a-z][\w-]*/gi) ?? []
}

const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '</style><script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    'javascript:alert(1)',
    '\u202Egnp.exe',
    'a\u0000b\u001b[31m',
    '<!--',
    ']]>',
    '&lt;',
    '${x}',
  ),
)

test('whatever names and texts are, the page has no other markup, and shows what does not print', () => {
  fc.assert(
    fc.property(texts, (hostile) => {
      // A text of several lines has as many breaks, and one that is empty leaves parts out.
      fc.pre(hostile.trim() !== '' && !/[\r\n]/.test(hostile))
      const page = reportPage(reportOf(hostile))
      assert.deepEqual(tagsIn(page), plainTags)
      assert.ok(!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(page.replaceAll('\n', '')))
      assert.ok(!/href="(?!#|https?:|\.|\/|[\w-]+[/?#."])/i.test(page))
      assert.ok(!page.includes('href="javascript'))
    }),
  )
})

test('nothing in the page is loaded or run', () => {
  const page = reportPage(reportOf('x'))
  assert.ok(!/<(?:script|iframe|object|embed|link|img|form|base)\b/i.test(page))
  assert.ok(!/\s(?:on\w+|style)=/i.test(page))
  assert.ok(!/url\(|@import/i.test(page))
  assert.match(page, /Content-Security-Policy" content="default-src &#39;none&#39;/)
})

test('headings go down one step at a time, sections are named, charts have a title and a text', () => {
  const page = reportPage(reportOf('x', reconciliation({ unseen: 3 })))
  const levels = Array.from(page.matchAll(/<h([1-6])/g), ([, level]) => Number(level))
  assert.equal(levels.filter((level) => level === 1).length, 1)
  for (const [i, level] of levels.entries()) assert.ok(level <= (levels[i - 1] ?? 0) + 1)
  const ids = new Set(Array.from(page.matchAll(/\sid="([^"]+)"/g), ([, id]) => id))
  for (const [, id] of page.matchAll(/(?:href="#|aria-labelledby=")([^"]+)"/g))
    assert.ok(ids.has(id), id)
  const charts = page.match(
    /<svg[^>]*role="img"[^>]*>\s*<title>[^<]+<\/title>\s*<desc>[^<]+<\/desc>/g,
  )
  assert.equal(charts?.length, page.match(/role="img"/g)?.length)
  assert.ok((charts?.length ?? 0) >= 3)
})

test('every number is in the page with how it is made anew', () => {
  const page = reportPage(reportOf('x'))
  for (const name of numberNames) assert.ok(page.includes(`>${name}</code>`), name)
})

test('numbers and times are for people, and no share is rounded up', () => {
  assert.equal(numberText(1234567), '1\u202f234\u202f567')
  assert.equal(numberText(999), '999')
  assert.equal(shareText(99_999, 100_000), '99.99 %')
  assert.equal(shareText(100_000, 100_000), '100.00 %')
  assert.equal(shareText(0, 0), 'none')
  for (const [seconds, text] of [
    [0, '0 s'],
    [61, '1 min 1 s'],
    [3600, '1 h'],
    [90_000, '1 d 1 h'],
    [-5, '-5 s'],
    [null, 'not over'],
  ] as const) {
    assert.equal(durationText(seconds), text)
  }
})

test('any grants make a page', () => {
  fc.assert(
    fc.property(grantSets, (objects) => {
      const ofKind = (kind: string) => objects.filter((one) => one['kind'] === kind)
      const grants = grantsIn(
        {
          grants: ofKind('BreakGlassGrant'),
          postMortems: ofKind('PostMortem'),
          approvals: ofKind('BreakGlassApproval'),
        },
        period,
        new Set(),
      )
      const page = reportPage({ ...reportOf('x'), breakGlass: { grants } })
      for (const { grant } of grants) assert.ok(page.includes(grant))
      assert.equal(page.match(/class="card grant"/g)?.length ?? 0, grants.length)
      assert.ok(!page.includes('<b>carol'))
    }),
    { numRuns: 30 },
  )
})
