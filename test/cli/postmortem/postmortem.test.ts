import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { run } from '../../../src/cli/run.ts'
import { at, type JsonObject } from '../../../src/core/manifest/json.ts'
import { alice } from '../../fakes/requests.ts'
import { call, callJson } from '../breakglass/calling.ts'
import { fakeEnv } from '../fake-env.ts'
import {
  begin,
  caughtUp,
  grantName,
  grantWith,
  postMortemName,
  postMortemWith,
  resolved,
  scaled,
  startGround,
} from './ground.ts'

const begins = await startGround()

function ground(status: JsonObject = {}, uses: readonly JsonObject[] = [scaled]) {
  const cluster = begins()
  cluster.grants.put(grantWith(uses))
  cluster.postMortems.set(postMortemName, postMortemWith(uses, status))
  return cluster
}

const list = ['postmortem', 'list']
const show = ['postmortem', 'show', postMortemName]
const notes = 'the limit was too low'
const close = ['postmortem', 'close', postMortemName, '--verdict', 'justified', '--notes', notes]

describe('postmortem list', () => {
  test('has a line for each, with what is due and late', async () => {
    const { code, out, err } = await call(ground({ overdue: ['draft'] }), list)
    assert.deepEqual([code, err], [0, ''])
    assert.equal(
      out,
      `NAME                                     HOLDER  INCIDENT  PHASE  RESOLVED  REVIEW DUE            OVERDUE
${postMortemName}  alice   INC-42    Open   0/1       2026-02-23T23:00:00Z  draft
`,
    )
  })

  test('--open leaves out what is closed, and none is no failure', async () => {
    const cluster = ground({ phase: 'Closed' })
    const open = await call(cluster, [...list, '--open'])
    assert.deepEqual([open.code, open.out, open.err], [0, '', 'there are no post-mortems\n'])
    const all = await callJson(cluster, list)
    assert.deepEqual(
      (all['postMortems'] as readonly { phase: string }[]).map(({ phase }) => phase),
      ['Closed'],
    )
  })
})

describe('postmortem show', () => {
  test('has who did what and when, what is open, and each change', async () => {
    const { code, out } = await call(ground(), show)
    assert.equal(code, 0)
    assert.equal(
      out,
      `post-mortem  ${postMortemName}
grant        ${grantName}, Ended
phase        Open, 1 use, 1 open
holder       alice (INC-42: 5xx storm, three replicas are too few)
open         use 1: it is not as fleet@9c1f2ab3d4e5 declares it (1 differences).
draft due    2026-02-22T12:00:00Z
review due   2026-02-23T23:00:00Z

TIME                  WHAT                                          BY
2026-02-21T12:00:00Z  the token was used up                         alice
2026-02-21T12:00:00Z  the grant became active
2026-02-21T12:01:00Z  use 1: UPDATE deployments.apps/scale pay/api  alice
2026-02-21T12:05:00Z  the grant was ended

use 1     UPDATE deployments.apps/scale pay/api
time      2026-02-21T12:01:00Z
state     Admitted, open
decision  01KHYQXZ0078MA14MKNCEM78N1
   FIELD          BEFORE  AFTER
~  spec.replicas  3       5
`,
    )
  })

  test('is found by its grant too, and stands without it', async () => {
    const cluster = ground()
    cluster.grants.remove(grantName)
    const { code, out } = await call(cluster, ['postmortem', 'show', grantName])
    assert.equal(code, 0)
    assert.match(out, new RegExp(`^post-mortem {2}${postMortemName}$`, 'm'))
    const json = await callJson(cluster, show)
    assert.deepEqual(Object.keys(json).toSorted(), [
      'activatedAt',
      'approvers',
      'bypass',
      'closedAt',
      'due',
      'expiresAt',
      'grant',
      'grantPhase',
      'holder',
      'incident',
      'name',
      'openBecause',
      'openedAt',
      'overdue',
      'phase',
      'reason',
      'resolvedAt',
      'review',
      'skippedApprovers',
      'timeline',
      'uses',
    ])
  })

  test('is a page for the repository with -o markdown, which no other command prints', async () => {
    const { code, out } = await call(ground(), [...show, '-o', 'markdown'])
    assert.equal(code, 0)
    assert.match(out, /^# Post-mortem pm-/)
    assert.match(out, /^\| Holder \| the on-call engineer \|$/m)
    assert.doesNotMatch(out, /\balice\b/)
    for (const args of [
      [...list, '-o', 'markdown'],
      [...show, '-o', 'yaml'],
      ['list', '-o', 'markdown'],
    ]) {
      const refused = await call(ground(), args)
      assert.deepEqual([refused.code, refused.out], [2, ''])
      assert.match(refused.err, /argument '\w+' is invalid\. Allowed choices are text, json/)
    }
  })

  test('of what is not there is a no', async () => {
    const { code, err } = await call(begins(), show)
    assert.deepEqual([code, err], [1, `there is no post-mortem ${postMortemName}\n`])
    assert.equal((await call(begins(), ['postmortem', 'show', 'a/b'])).code, 2)
  })
})

describe('postmortem close', () => {
  test('writes the review of somebody else, and waits for the controller', async () => {
    const cluster = ground(caughtUp, [resolved(scaled)])
    const { code, out, err } = await call(cluster, [
      ...close,
      '--link',
      'https://git.example.com/x',
    ])
    assert.deepEqual([code, out, err], [0, `${postMortemName} is closed: justified\n`, ''])
    const stored = cluster.postMortems.get(postMortemName)
    assert.deepEqual(at(stored, 'spec', 'review'), {
      by: 'carol',
      at: '2026-02-21T12:00:00Z',
      verdict: 'justified',
      text: notes,
      link: 'https://git.example.com/x',
    })
    const again = await call(cluster, close)
    assert.deepEqual(
      [again.code, again.err],
      [1, `${postMortemName} is closed already: justified\n`],
    )
    const shown = await call(cluster, show)
    assert.match(shown.out, /^review +justified by carol at 2026-02-21T12:00:00Z$/m)
    assert.match(shown.out, /^notes +the limit was too low$/m)
  })

  test('does not wait for ever for a controller that is down', async () => {
    const cluster = ground(caughtUp, [resolved(scaled)])
    cluster.whenReviewed = (postMortem) => postMortem
    let now = begin
    const { code, out, err } = await call(cluster, close, { now: () => (now += 9_000) })
    assert.equal(code, 0)
    assert.equal(out, `${postMortemName} is reviewed: justified\n`)
    assert.match(err, /It is closed once the controller has seen it\.\n$/)
  })

  const refusals: readonly (readonly [string, Parameters<typeof ground>, RegExp, object?])[] = [
    [
      'while a use is open',
      [],
      /^pm-\S+ is not resolved: use 1: it is not as fleet@9c1f2ab3d4e5 declares it.*\nHow each use stands: kubectl breakglass diff bg-/,
    ],
    [
      'before the controller has looked',
      [{ conditions: [] }],
      /^pm-\S+ is not resolved: the controller has not looked at it yet\n/,
    ],
    [
      'by the holder',
      [caughtUp, [resolved(scaled)]],
      /^nobody reviews their own grant: somebody other than alice closes pm-/,
      { user: alice },
    ],
  ]
  for (const [title, given, expected, other = {}] of refusals) {
    test(`is refused ${title}, and nothing is written`, async () => {
      const cluster = Object.assign(ground(...given), other)
      const { code, out, err } = await call(cluster, close)
      assert.deepEqual([code, out], [1, ''])
      assert.match(err, expected)
      assert.ok(cluster.requests.every(({ method }) => method !== 'PATCH'))
    })
  }

  test('shows the words of the webhook where it knows better', async () => {
    const cluster = ground({ ...caughtUp, holder: '' }, [resolved(scaled)])
    cluster.user = alice
    const { code, err } = await call(cluster, close)
    assert.equal(code, 1)
    assert.match(err, /^\[Protected\] .*nobody reviews their own grant/)
  })

  test('usage: a review has a verdict, and says what was found', async () => {
    const cluster = ground(caughtUp, [resolved(scaled)])
    for (const args of [
      ['postmortem', 'close', postMortemName, '--notes', 'x'],
      ['postmortem', 'close', postMortemName, '--verdict', 'fine', '--notes', 'x'],
      ['postmortem', 'close', postMortemName, '--verdict', 'justified'],
      ['postmortem', 'close', postMortemName, '--verdict', 'justified', '--notes', ' '],
      ['postmortem', 'close', '--verdict', 'justified', '--notes', 'x'],
    ]) {
      assert.equal((await call(cluster, args)).code, 2, args.join(' '))
    }
  })
})

test('solewriter has the same words by themselves, and colours on a terminal alone', async () => {
  const cluster = ground()
  const env = {
    ...fakeEnv({ now: () => begin, columns: 200 }),
    vars: { KUBECONFIG: cluster.kubeconfig },
  }
  assert.equal(await run(show, env), 0)
  for (const painted of ['\u001B[1mTIME', '\u001B[33m~']) assert.ok(env.out().includes(painted))
  const help = fakeEnv()
  assert.equal(await run(['postmortem', 'close', '--help'], help), 0)
  assert.match(help.out(), /^Usage: solewriter postmortem close /)
  const plugin = await call(cluster, ['postmortem', 'close', '--help'])
  assert.match(plugin.out, /^Usage: kubectl breakglass postmortem close /)
  assert.match((await call(cluster, ['--help'])).out, /^ {2}breakglass postmortem list /m)
})
