import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { consolePolicy } from '../../src/core/console/styles.ts'
import { startConsole } from '../cli/console/ground.ts'
import { good, person, start } from './console-visitor.ts'

// What every answer of the console is like.

describe('every answer', () => {
  test('has the headers that keep it here', async (t) => {
    const ground = await start(t)
    const visitor = person(ground)
    await visitor.signIn(good)
    for (const path of ['/', '/nowhere', '/decisions?x=1', '/sign-in', '/icon.svg']) {
      const { headers } = await visitor.get(path)
      assert.equal(headers.get('content-security-policy'), consolePolicy, path)
      assert.equal(headers.get('cache-control'), 'no-store', path)
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
      assert.equal(headers.get('x-frame-options'), 'DENY', path)
      assert.equal(headers.get('x-powered-by'), null, path)
    }
    assert.match(consolePolicy, /^default-src 'none'; style-src 'sha256-[^']+'; /)
    assert.doesNotMatch(consolePolicy, /unsafe|script/)
  })

  test('is to look at: nothing is changed here', async (t) => {
    const ground = await start(t)
    const visitor = person(ground)
    await visitor.signIn(good)
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      const answer = await fetch(`${ground.url}/grants`, {
        method,
        headers: { authorization: `Bearer ${good}` },
      })
      assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'GET, HEAD'])
    }
    const headOnly = await fetch(ground.url, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${good}` },
    })
    assert.deepEqual([headOnly.status, await headOnly.text()], [200, ''])
  })

  test('is short, however long the address', async (t) => {
    const { url } = await startConsole(t)
    const names = Array.from({ length: 6000 }, (_, i) => `n${i}`)
    const answer = await fetch(`${url}/decisions?${names.join('&')}`)
    assert.equal(answer.status, 400)
    const text = await answer.text()
    assert.match(text, /there is no filter called n0\b/)
    assert.ok(text.length < 40_000, String(text.length))
    const endless = await fetch(`${url}/?${'a'.repeat(70_000)}`)
    assert.equal(endless.status, 431)
  })

  test('is a failure in words where something breaks', async (t) => {
    const lists = {
      grants: () => Promise.reject(new Error('grants broke')),
      postMortems: () => Promise.reject(new Error('x')),
      checkpoints: () => Promise.reject(new Error('x')),
      pods: () => Promise.reject(new Error('x')),
    }
    const { url, log } = await startConsole(t, { sources: { lists } })
    const answer = await fetch(`${url}/grants`)
    assert.equal(answer.status, 500)
    const text = await answer.text()
    assert.match(text, /Something failed/)
    assert.doesNotMatch(text, /grants broke/)
    assert.match(log(), /console_request_failed/)
  })
})

describe('without sign-in', () => {
  test('only names of this machine are answered', async (t) => {
    const { url } = await startConsole(t)
    const { hostname, port } = new URL(url)
    const statusFor = async (host: string) => {
      const { request } = await import('node:http')
      return new Promise<number>((resolve, reject) => {
        const sent = request({ hostname, port, path: '/', headers: { host } }, (answer) => {
          answer.resume()
          resolve(answer.statusCode ?? 0)
        })
        sent.once('error', reject)
        sent.end()
      })
    }
    for (const host of [`localhost:${port}`, '127.0.0.1', `[::1]:${port}`]) {
      assert.equal(await statusFor(host), 200, host)
    }
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.nip.io', '10.0.0.1']) {
      assert.equal(await statusFor(host), 421, host)
    }
  })
})
