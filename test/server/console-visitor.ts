import type { TestContext } from 'node:test'
import { GuardError } from '../../src/core/errors.ts'
import type { Reviewed } from '../../src/server/console-guard.ts'
import { startConsole } from '../cli/console/ground.ts'
import { moment } from '../cli/console/samples.ts'
import { makePki } from './pki.ts'

export const good = 'good-token.abc_DEF-123'
export const minute = 60_000

/** A cluster that knows a few tokens, and a clock. */
export async function start(t: TestContext, given: { readonly tls?: boolean } = {}) {
  const known = new Map<string, Reviewed | 'down'>([
    [good, { kind: 'viewer', username: 'carol@acme.example' }],
    ['other', { kind: 'not-allowed', username: 'mallory' }],
  ])
  const asked: string[] = []
  const clock = { now: moment }
  const review = (token: string): Promise<Reviewed> => {
    asked.push(token)
    const found = known.get(token) ?? { kind: 'unknown' }
    return found === 'down'
      ? Promise.reject(new GuardError('ClusterUnreachable', 'no answer'))
      : Promise.resolve(found)
  }
  const pair = given.tls === true ? (await makePki()).server : undefined
  const tls = pair && { certificatePem: pair.certificatePem, keyPem: pair.keyPem }
  const server = { review, now: () => clock.now, ...(tls && { tls }) }
  const ground = await startConsole(t, { server, now: () => clock.now })
  return { ...ground, known, asked, clock }
}

type Started = Awaited<ReturnType<typeof start>>

export interface Person {
  cookies: Map<string, string>
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Response>
  post(
    path: string,
    form: Record<string, string>,
    headers?: Record<string, string>,
  ): Promise<Response>
  /** The hidden field of the page. */
  formToken(path?: string): Promise<string>
  signIn(token: string, headers?: Record<string, string>): Promise<Response>
}

/** As a browser: keeps cookies, follows nothing. */
export function person({ url }: Pick<Started, 'url'>): Person {
  const cookies = new Map<string, string>()
  const send = async (path: string, init: RequestInit) => {
    const cookie = Array.from(cookies, ([name, value]) => `${name}=${value}`).join('; ')
    const headers = {
      ...(cookie !== '' && { cookie }),
      ...(init.headers as Record<string, string>),
    }
    const answer = await fetch(url + path, { ...init, headers, redirect: 'manual' })
    for (const one of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(one) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    return answer
  }
  const self: Person = {
    cookies,
    get: (path, headers = {}) => send(path, { headers }),
    post: (path, form, headers = {}) =>
      send(path, { method: 'POST', body: new URLSearchParams(form), headers }),
    async formToken(path = '/sign-in') {
      const text = await (await self.get(path)).text()
      return /name="form" value="([^"]+)"/.exec(text)?.[1] ?? ''
    },
    async signIn(token, headers) {
      return self.post('/sign-in', { form: await self.formToken(), token, to: '/grants' }, headers)
    },
  }
  return self
}
