import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** The name binds it to this host and to TLS, where there is TLS. */
function cookieName(name: string, isSecure: boolean): string {
  return `${isSecure ? '__Host-' : ''}solewriter-${name}`
}

/** No script reads it, and no other site makes a browser send it. */
export function cookieText(name: string, value: string, isSecure: boolean): string {
  const attributes = ['Path=/', 'HttpOnly', 'SameSite=Strict', ...(isSecure ? ['Secure'] : [])]
  return [`${cookieName(name, isSecure)}=${value}`, ...attributes].join('; ')
}

export function endedCookie(name: string, isSecure: boolean): string {
  return `${cookieText(name, '', isSecure)}; Max-Age=0`
}

export function cookieOf(
  request: IncomingMessage,
  name: string,
  isSecure: boolean,
): string | undefined {
  const wanted = `${cookieName(name, isSecure)}=`
  const found = (request.headers.cookie ?? '').split(/; */).find((one) => one.startsWith(wanted))
  const value = found?.slice(wanted.length)
  return value === undefined || !/^[\w-]{16,128}$/.test(value) ? undefined : value
}

export function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/**
 * Whether a page of ours sent the form, as far as the browser says. The token of the form has the
 * last word: this tells the sites of others sooner.
 */
export function isFromHere(request: IncomingMessage, isSecure: boolean): boolean {
  const { 'sec-fetch-site': site, origin, host = '' } = request.headers
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  return origin === undefined || origin === `${isSecure ? 'https' : 'http'}://${host}`
}

/** By a name of this machine: a page elsewhere whose name leads here has another one. */
export function isForThisMachine({ headers }: IncomingMessage): boolean {
  const name = (headers.host ?? '').replace(/:\d+$/, '').toLowerCase()
  return ['localhost', '127.0.0.1', '[::1]'].includes(name)
}
