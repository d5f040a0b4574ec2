import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { good, minute, person, start } from './console-visitor.ts'

// Who is let in, and until when.

describe('whoever has not signed in', () => {
  test('sees no page, and comes back to the one that was asked for', async (t) => {
    const ground = await start(t)
    const { get } = person(ground)
    for (const path of ['/', '/decisions?user=a%20b', '/grants/x', '/nowhere']) {
      const answer = await get(path)
      assert.equal(answer.status, 303, path)
      assert.equal(answer.headers.get('location'), `/sign-in?to=${encodeURIComponent(path)}`)
      assert.equal(await answer.text(), '')
    }
    assert.deepEqual(ground.asked, [])
  })

  test('is never sent to another site afterwards', async (t) => {
    const ground = await start(t)
    for (const to of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      'javascript:x',
      '/sign-out',
      '/\u0000',
    ]) {
      const visitor = person(ground)
      const text = await (await visitor.get(`/sign-in?to=${encodeURIComponent(to)}`)).text()
      assert.match(text, /name="to" value="\/"/, to)
      const form = await visitor.formToken()
      const answer = await visitor.post('/sign-in', { form, token: good, to })
      assert.equal(answer.headers.get('location'), '/', to)
    }
  })
})

describe('signing in', () => {
  test('starts a session by a cookie that no script and no other site gets', async (t) => {
    const ground = await start(t)
    const visitor = person(ground)
    const answer = await visitor.signIn(good)
    assert.deepEqual([answer.status, answer.headers.get('location')], [303, '/grants'])
    const [cookie = ''] = answer.headers.getSetCookie()
    assert.match(cookie, /^solewriter-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
    const page = await visitor.get('/grants')
    assert.equal(page.status, 200)
    const text = await page.text()
    assert.match(text, /carol@acme\.example/)
    assert.ok(!text.includes(good) && !ground.log().includes(good) && !cookie.includes(good))
    assert.match(ground.log(), /"event":"console_signed_in"/)
  })

  test('is bound to the host where there is TLS', async (t) => {
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    t.after(() => {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before
    })
    const ground = await start(t, { tls: true })
    const answer = await person(ground).signIn(good)
    const [cookie = ''] = answer.headers.getSetCookie()
    assert.match(
      cookie,
      /^__Host-solewriter-session=[\w-]+; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
    )
  })

  const refused: readonly (readonly [string, string, number, RegExp])[] = [
    ['a token that nobody knows', 'unknown', 401, /does not know this token/],
    ['nothing', '', 401, /does not know this token/],
    ['a kubeconfig', 'apiVersion: v1\nkind: Config', 401, /does not know this token/],
    ['a token without end', 'a'.repeat(33_000), 401, /does not know this token/],
    ['somebody without the right', 'other', 403, /You are mallory/],
    ['anybody while the cluster is down', 'down', 503, /could not be asked/],
  ]
  for (const [title, token, status, message] of refused) {
    test(`refuses ${title}`, async (t) => {
      const ground = await start(t)
      ground.known.set('down', 'down')
      const visitor = person(ground)
      const answer = await visitor.signIn(token)
      assert.equal(answer.status, status)
      const text = await answer.text()
      assert.match(text, message)
      assert.ok(token === '' || !text.includes(`>${token}<`))
      assert.equal(visitor.cookies.has('solewriter-session'), false)
      assert.equal((await visitor.get('/')).status, 303)
    })
  }

  test('takes no form of another page', async (t) => {
    const ground = await start(t)
    const visitor = person(ground)
    const form = await visitor.formToken()
    const fields = { form, token: good, to: '/' }
    const attempts = [
      visitor.post('/sign-in', { ...fields, form: 'x'.repeat(43) }),
      visitor.post('/sign-in', { token: good }),
      visitor.post('/sign-in', fields, { 'sec-fetch-site': 'cross-site' }),
      visitor.post('/sign-in', fields, { 'sec-fetch-site': 'same-site' }),
      visitor.post('/sign-in', fields, { origin: 'https://evil.example' }),
      visitor.post('/sign-in', fields, { 'content-type': 'text/plain' }),
      person(ground).post('/sign-in', fields),
    ]
    for (const answer of await Promise.all(attempts)) assert.equal(answer.status, 403)
    assert.deepEqual(ground.asked, [])
    const answer = await visitor.post('/sign-in', fields, { 'sec-fetch-site': 'same-origin' })
    // The refusals have shown the form again, with the same secret.
    assert.equal(answer.status, 303)
  })

  test('is asked about a few times a minute, however often somebody tries', async (t) => {
    const ground = await start(t)
    const visitor = person(ground)
    const statuses: number[] = []
    for (let i = 0; i < 15; i += 1) statuses.push((await visitor.signIn('wrong')).status)
    assert.deepEqual(statuses.slice(10), [429, 429, 429, 429, 429])
    assert.equal(ground.asked.length, 10)
    ground.clock.now += minute
    assert.equal((await visitor.signIn(good)).status, 303)
  })
})

describe('a session', () => {
  test('ends with the token: the cluster is asked again each minute', async (t) => {
    const ground = await start(t)
    const visitor = person(ground)
    await visitor.signIn(good)
    ground.clock.now += minute / 2
    assert.equal((await visitor.get('/')).status, 200)
    assert.equal(ground.asked.length, 1)
    ground.clock.now += minute
    const pages = await Promise.all([visitor.get('/'), visitor.get('/grants')])
    assert.deepEqual(
      pages.map(({ status }) => status),
      [200, 200],
    )
    assert.equal(ground.asked.length, 2, 'both wait for one review')
    ground.known.delete(good)
    ground.clock.now += minute
    assert.equal((await visitor.get('/')).status, 303)
    // It does not come back with the token.
    ground.known.set(good, { kind: 'viewer', username: 'carol@acme.example' })
    assert.equal((await visitor.get('/')).status, 303)
  })

  test('ends with the right to look, and when the token is somebody else', async (t) => {
    for (const now of [
      { kind: 'not-allowed', username: 'carol@acme.example' },
      { kind: 'viewer', username: 'mallory' },
    ] as const) {
      const ground = await start(t)
      const visitor = person(ground)
      await visitor.signIn(good)
      ground.known.set(good, now)
      ground.clock.now += minute
      assert.equal((await visitor.get('/')).status, 303)
    }
  })

  test('shows nothing while the cluster cannot be asked, and goes on afterwards', async (t) => {
    const ground = await start(t)
    const visitor = person(ground)
    await visitor.signIn(good)
    ground.known.set(good, 'down')
    ground.clock.now += minute
    const answer = await visitor.get('/grants')
    assert.equal(answer.status, 503)
    assert.doesNotMatch(await answer.text(), /alice@acme/)
    ground.known.set(good, { kind: 'viewer', username: 'carol@acme.example' })
    assert.equal((await visitor.get('/')).status, 200)
  })

  test('ends after a quarter of an hour of rest, and after an hour in any case', async (t) => {
    const ground = await start(t)
    const idle = person(ground)
    await idle.signIn(good)
    ground.clock.now += 15 * minute
    assert.equal((await idle.get('/')).status, 303)
    const busy = person(ground)
    await busy.signIn(good)
    for (let i = 0; i < 5; i += 1) {
      ground.clock.now += 10 * minute
      assert.equal((await busy.get('/')).status, 200)
    }
    ground.clock.now += 10 * minute
    assert.equal((await busy.get('/')).status, 303)
  })

  test('is ended by its own page alone', async (t) => {
    const ground = await start(t)
    const visitor = person(ground)
    await visitor.signIn(good)
    const form = await visitor.formToken('/')
    assert.equal((await visitor.post('/sign-out', { form: 'x' })).status, 403)
    const foreign = await visitor.post('/sign-out', { form }, { 'sec-fetch-site': 'cross-site' })
    assert.equal(foreign.status, 403)
    const session = visitor.cookies.get('solewriter-session') ?? ''
    assert.equal((await visitor.post('/sign-out', { form })).status, 303)
    visitor.cookies.set('solewriter-session', session)
    assert.equal((await visitor.get('/')).status, 303)
  })

  test('is left as it is by the page of another site, which sends no cookie', async (t) => {
    const ground = await start(t)
    const visitor = person(ground)
    await visitor.signIn(good)
    const stranger = await person(ground).post('/sign-out', {}, { 'sec-fetch-site': 'cross-site' })
    assert.deepEqual([stranger.status, stranger.headers.getSetCookie()], [303, []])
    // With the cookie, but as no form that a page of ours sends.
    const plain = await visitor.post('/sign-out', {}, { 'content-type': 'text/plain' })
    assert.deepEqual([plain.status, plain.headers.getSetCookie()], [403, []])
    assert.equal((await visitor.get('/')).status, 200)
  })

  test('is not found by a made-up id', async (t) => {
    const ground = await start(t)
    for (const id of ['', 'x', 'A'.repeat(43), '../..', '__proto__________________']) {
      const answer = await person(ground).get('/', { cookie: `solewriter-session=${id}` })
      assert.equal(answer.status, 303, id)
    }
  })

  test('makes room for others: the oldest ends', async (t) => {
    const ground = await start(t)
    const first = person(ground)
    await first.signIn(good)
    for (let i = 0; i < 128; i += 1) {
      ground.clock.now += 4000
      await person(ground).signIn(good)
    }
    assert.equal((await first.get('/')).status, 303)
  })
})

describe('a token that comes with the request', () => {
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

  test('shows the page, and is asked about once a minute', async (t) => {
    const ground = await start(t)
    const { get } = person(ground)
    for (let i = 0; i < 3; i += 1) assert.equal((await get('/', bearer(good))).status, 200)
    assert.equal(ground.asked.length, 1)
    ground.known.delete(good)
    ground.clock.now += minute
    const answer = await get('/', bearer(good))
    assert.deepEqual([answer.status, answer.headers.get('www-authenticate')], [401, 'Bearer'])
    assert.ok(!ground.log().includes(good))
  })

  test('is refused otherwise, whatever session there is', async (t) => {
    const ground = await start(t)
    ground.known.set('down', 'down')
    const visitor = person(ground)
    await visitor.signIn(good)
    const cases: readonly (readonly [string, number])[] = [
      ['Bearer unknown', 401],
      ['Bearer other', 403],
      ['Bearer down', 503],
      ['Bearer ', 401],
      ['Basic Z29vZA==', 401],
      [good, 401],
    ]
    for (const [authorization, status] of cases) {
      const answer = await visitor.get('/grants', { authorization })
      assert.equal(answer.status, status, authorization)
      assert.doesNotMatch(await answer.text(), /PD-4711/)
    }
  })
})
