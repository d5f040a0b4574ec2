import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isJsonObject, type Json, type JsonObject } from '../../../src/core/manifest/json.ts'
import { startConsole } from './ground.ts'
import { sampleGrants, samplePostMortems } from './sample-objects.ts'
import { decisionId, grantName, head, postMortemName, record, sampleRecords } from './samples.ts'

const pages = [
  '/',
  '/decisions',
  '/decisions?user=alice&in=files',
  `/decisions/${decisionId(900)}`,
  `/decisions/${decisionId(1380)}`,
  '/reasons',
  '/grants',
  `/grants/${grantName}`,
  `/post-mortems/${postMortemName}`,
  '/drift',
  '/repositories',
  `/repositories/fleet/${head}`,
]

const evil = `"'><script>alert(1)</script><img src=x onerror=alert(2)>\u202Ejavascript:alert(3)`

/** What people and clients choose, with something behind it; what links pages together stays. */
function poisoned(value: Json, key = ''): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map((one) => poisoned(one, key))
  if (isJsonObject(value)) {
    const entries = Object.entries(value).map(([name, one]) => [name, poisoned(one, name)])
    return Object.fromEntries(entries) as JsonObject
  }
  return typeof value === 'string' && chosen.has(key) ? `${value}${evil}` : value
}

const chosen = new Set(
  'user groups cred rule name ns paths program writer evidence path reason incident text link by verdict message username issuer kid from value namespace narrowedBy op state mode idClass gvr sub repo'.split(
    ' ',
  ),
)

async function textOf(url: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(url)
  return { status: answer.status, text: await answer.text() }
}

describe('what strangers have written', () => {
  test('is shown as text, on every page', async (t) => {
    const records = sampleRecords().map((one) => poisoned(one) as JsonObject)
    const keepName = (of: JsonObject, one: JsonObject) => ({
      ...(poisoned(one) as JsonObject),
      metadata: of['metadata'] ?? null,
    })
    const grants = sampleGrants().map((one) => keepName(one, one))
    const postMortems = samplePostMortems().map((one) => keepName(one, one))
    const { url } = await startConsole(t, { records, grants, postMortems })
    let shown = 0
    for (const page of pages) {
      const { status, text } = await textOf(url + page)
      if (page.startsWith('/repositories/')) continue
      assert.equal(status, 200, page)
      assert.doesNotMatch(text, /<script|<img|onerror=alert\(2\)>/i, page)
      assert.doesNotMatch(text, /(?:href|action)="(?:javascript|data|\/\/)/i, page)
      assert.ok(!text.includes('\u202E'), page)
      shown += text.split('&lt;script&gt;').length - 1
    }
    assert.ok(shown > 50, `shown ${shown} times`)
  })

  test('in an address changes nothing but the answer', async (t) => {
    const { url } = await startConsole(t)
    const bad: readonly (readonly [string, number])[] = [
      ['/decisions/%3Cscript%3E', 400],
      ['/grants/%3Cscript%3Ealert(1)%3C/script%3E', 404],
      ['/grants/%ff', 404],
      ['/grants/..%2f..%2f', 404],
      ['/post-mortems/%22%3E%3Cscript%3E', 404],
      ['/decisions?user=%22%3E%3Cscript%3Ealert(1)%3C/script%3E', 200],
      ['/decisions?%3Cscript%3E=1', 400],
      ['/drift?kind=%3Cscript%3E', 400],
      ['/drift?page=0', 400],
      ['/drift?page=99999', 200],
      ['/repositories/fleet/main', 404],
      ['/repositories/%3Cscript%3E/abcdef', 404],
      ['//evil.example/', 404],
      ['/../../etc/passwd', 404],
      ['/toString', 404],
    ]
    for (const [page, expected] of bad) {
      const { status, text } = await textOf(url + page)
      assert.equal(status, expected, page)
      assert.doesNotMatch(text, /<script/i, page)
      assert.match(text, /<h1>/, page)
      if (expected !== 200) assert.match(text, /<a href="\//, `${page} says where to go`)
    }
  })
})

const canary = 'hunter2-s3cr3t-canary'

describe('a secret', () => {
  test('in objects, tokens, arguments and addresses is on no page and in no log', async (t) => {
    const [first, ...rest] = sampleGrants()
    const withToken = { ...first, spec: { token: canary, ended: false } }
    const plain = record(120, {
      decisionId: decisionId(120),
      // What a record never has, should some version ever write it.
      command: ['psql', canary],
      object: { data: { password: canary } },
      args: canary,
      git: {
        repo: 'fleet',
        commit: head,
        path: null,
        evidence: 'oidc',
        verified: true,
        token: canary,
      },
    })
    const hidden = {
      op: 'replace',
      path: 'data["x"]',
      hidden: 'Confidential',
      from: canary,
      value: canary,
    }
    const status = { ...(first?.['status'] as JsonObject) }
    const uses = (status['uses'] as readonly JsonObject[]).map((use) => ({
      ...use,
      diff: [hidden],
      token: canary,
    }))
    const grants = [{ ...withToken, status: { ...status, uses } }, ...rest]
    const postMortems = samplePostMortems().map((one) => ({
      ...one,
      status: { ...(one['status'] as JsonObject), uses },
    }))
    const { url, log } = await startConsole(t, {
      records: [...sampleRecords(), plain],
      grants,
      postMortems,
    })
    for (const page of [...pages, `/decisions/${decisionId(120)}`]) {
      const answer = await fetch(url + page, { headers: { 'X-Canary': canary } })
      assert.equal(answer.status, 200, page)
      assert.ok(!(await answer.text()).includes(canary), page)
    }
    await fetch(`${url}/nowhere?token=${canary}`)
    assert.ok(!log().includes(canary))
  })
})
