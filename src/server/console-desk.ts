import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Site } from '../core/console/frame.ts'
import { problemPage, toSignIn, toStart, type Problem } from '../core/console/problem-page.ts'
import { signInPage } from '../core/console/sign-in-page.ts'
import { html } from '../core/html/html.ts'
import { readBody } from './body.ts'
import { cookieOf, cookieText, endedCookie, isFromHere, isSame } from './console-cookies.ts'
import type { Asker, ConsoleGuard } from './console-guard.ts'
import { sendElsewhere, sendPage, type Headers } from './console-reply.ts'

export interface DeskOptions {
  readonly guard: ConsoleGuard
  readonly isSecure: boolean
  readonly newSecret: () => string
  /** What all pages say, before anybody is known. */
  readonly site: () => Site
}

/** A token, and the names of the fields around it. */
const mostBytes = 40 * 1024

/** Where people sign in and out. */
export class ConsoleDesk {
  readonly #options: DeskOptions

  constructor(options: DeskOptions) {
    this.#options = options
  }

  /** The form, with a secret that comes back in it and in a cookie: only we can write both. */
  showForm(
    request: IncomingMessage,
    response: ServerResponse,
    { to, status = 200, problem }: { to: string; status?: number; problem?: string },
  ): void {
    const { isSecure, newSecret, site } = this.#options
    const formToken = cookieOf(request, 'form', isSecure) ?? newSecret()
    const text = signInPage({ formToken, to, problem }, site())
    const headers = { 'Set-Cookie': cookieText('form', formToken, isSecure) }
    sendPage(response, { status, text }, headers)
  }

  async signIn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { guard, isSecure } = this.#options
    const form = await this.#formOf(request)
    const expected = cookieOf(request, 'form', isSecure)
    if (form === undefined || !isOurs(request, form, { expected, isSecure })) {
      const problem = 'The form was not sent from this page, or is too old. Try again.'
      this.showForm(request, response, { to: '/', status: 403, problem })
      return
    }
    const to = pathOfOurs(form.get('to'))
    const asker = await guard.signIn((form.get('token') ?? '').trim(), signalOf(response))
    if (asker.kind === 'viewer' && asker.session !== undefined) {
      const cookies = [
        cookieText('session', asker.session.id, isSecure),
        endedCookie('form', isSecure),
      ]
      sendElsewhere(response, to, { 'Set-Cookie': cookies })
      return
    }
    const [status, problem] = refusalOf(asker)
    this.showForm(request, response, { to, status, problem })
  }

  async signOut(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { guard, isSecure } = this.#options
    const session = guard.sessionOf(request)
    // What another site sends comes without the cookie, and must not make the browser forget it.
    if (session === undefined) {
      sendElsewhere(response, '/sign-in')
      return
    }
    const form = await this.#formOf(request)
    if (form === undefined || !isOurs(request, form, { expected: session.formToken, isSecure })) {
      this.refuse(response, 403, foreignForm)
      return
    }
    guard.sessions.end(session)
    sendElsewhere(response, '/sign-in', { 'Set-Cookie': endedCookie('session', isSecure) })
  }

  /** Everybody but a viewer. */
  turnAway(request: IncomingMessage, response: ServerResponse, asker: Asker): void {
    if (asker.kind === 'nobody') {
      const to = encodeURIComponent(pathOfOurs(request.url))
      sendElsewhere(response, `/sign-in?to=${to}`)
      return
    }
    const [status, what] = refusalOf(asker)
    const headers = status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}
    const problem = { title: 'You cannot look here', what: [what], wayOut: toSignIn }
    this.refuse(response, status, problem, headers)
  }

  refuse(response: ServerResponse, status: number, problem: Problem, headers: Headers = {}): void {
    sendPage(response, { status, text: problemPage(problem, this.#options.site()) }, headers)
  }

  async #formOf(request: IncomingMessage): Promise<URLSearchParams | undefined> {
    if (
      !/^application\/x-www-form-urlencoded(?:;|$)/i.test(request.headers['content-type'] ?? '')
    ) {
      return undefined
    }
    const body = await readBody(request, mostBytes)
    return body.kind === 'whole' ? new URLSearchParams(body.bytes.toString('utf8')) : undefined
  }
}

const foreignForm: Problem = {
  title: 'That was not sent from here',
  what: ['The form did not come from a page of this console, or its session is over.'],
  wayOut: toStart,
}

function isOurs(
  request: IncomingMessage,
  form: URLSearchParams,
  { expected, isSecure }: { readonly expected: string | undefined; readonly isSecure: boolean },
): boolean {
  return (
    expected !== undefined &&
    isSame(form.get('form') ?? '', expected) &&
    isFromHere(request, isSecure)
  )
}

/** Nowhere else: `//host` and `/\host` are addresses of others to a browser. */
export function pathOfOurs(path: string | null | undefined): string {
  const given = path ?? '/'
  const isPath = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,2000}$/.test(given)
  return isPath && !given.startsWith('/sign-') ? given : '/'
}

export function signalOf(response: ServerResponse): AbortSignal {
  const ending = new AbortController()
  response.once('close', () => {
    ending.abort()
  })
  return AbortSignal.any([ending.signal, AbortSignal.timeout(25_000)])
}

function refusalOf(asker: Asker): readonly [number, string] {
  switch (asker.kind) {
    case 'not-allowed':
      return [
        403,
        `You are ${asker.username}, and may not look here: somebody has to bind you to the ClusterRole solewriter-viewer.`,
      ]
    case 'too-many':
      return [429, 'Too many attempts. Wait a minute, and try again.']
    case 'unavailable':
      return [503, 'The API server could not be asked who you are. Try again.']
    case 'nobody':
    case 'refused':
    case 'viewer':
      return [
        401,
        'The cluster does not know this token, or it is over, or made for something else.',
      ]
  }
}

export const notFound: Problem = {
  title: 'There is no such page',
  what: ['The address leads nowhere.'],
  wayOut: html`${toStart}`,
}
