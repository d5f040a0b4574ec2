import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { GuardError } from '../core/errors.ts'
import type { Log } from '../telemetry/log.ts'
import { cookieOf } from './console-cookies.ts'
import { sessionLimits, Sessions, type Session } from './console-sessions.ts'
import { TokenBuckets, type Rate } from './token-bucket.ts'

/** What the cluster says of a token. */
export type Reviewed =
  | { readonly kind: 'viewer'; readonly username: string }
  | { readonly kind: 'not-allowed'; readonly username: string }
  | { readonly kind: 'unknown' }

/** Rejects when the cluster cannot be asked. */
export type Review = (token: string, signal: AbortSignal) => Promise<Reviewed>

export type Asker =
  | { readonly kind: 'viewer'; readonly username: string; readonly session: Session | undefined }
  | { readonly kind: 'nobody' }
  /** With a token of its own, which does not do. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'not-allowed'; readonly username: string }
  | { readonly kind: 'too-many' }
  | { readonly kind: 'unavailable' }

export interface GuardOptions {
  readonly review: Review
  readonly isSecure: boolean
  readonly now: () => number
  readonly newSecret: () => string
  readonly log: Log
}

/** Longer than the tokens of any issuer that is known. */
const longestToken = 32 * 1024
const mostKnown = 256
const signInRate: Rate = { burst: 10, perMinute: 20 }
const bearerRate: Rate = { burst: 60, perMinute: 120 }

/** Who asks for a page. Whatever fails, nobody is let in. */
export class ConsoleGuard {
  readonly sessions: Sessions
  readonly #options: GuardOptions
  readonly #signIns: TokenBuckets
  readonly #bearers: TokenBuckets
  /** Viewers by the digest of their token, for proxies that send it each time. */
  readonly #known = new Map<string, { readonly username: string; readonly at: number }>()
  readonly #running = new Map<Session, Promise<Asker>>()

  constructor(options: GuardOptions) {
    this.#options = options
    this.sessions = new Sessions(options)
    this.#signIns = new TokenBuckets(signInRate, options.now)
    this.#bearers = new TokenBuckets(bearerRate, options.now)
  }

  async askerOf(request: IncomingMessage, signal: AbortSignal): Promise<Asker> {
    const { authorization } = request.headers
    if (authorization !== undefined) return this.#ofBearer(authorization, signal)
    const session = this.sessionOf(request)
    return session === undefined ? { kind: 'nobody' } : this.#ofSession(session)
  }

  /** Without asking whether its token still counts. */
  sessionOf(request: IncomingMessage): Session | undefined {
    const id = cookieOf(request, 'session', this.#options.isSecure)
    return id === undefined ? undefined : this.sessions.find(id)
  }

  /** With a token that somebody has typed in. */
  async signIn(token: string, signal: AbortSignal): Promise<Asker> {
    if (!this.#signIns.take('')) return { kind: 'too-many' }
    const asker = await this.#review(token, signal)
    const { log } = this.#options
    if (asker.kind !== 'viewer') {
      const user = asker.kind === 'not-allowed' ? { user: asker.username } : {}
      log.warn('console_sign_in_refused', { why: asker.kind, ...user })
      return asker
    }
    log.info('console_signed_in', { user: asker.username })
    return { ...asker, session: this.sessions.start(asker.username, token) }
  }

  async #ofBearer(authorization: string, signal: AbortSignal): Promise<Asker> {
    const [, token] = /^Bearer +([\w.~+/=-]+)$/i.exec(authorization) ?? []
    if (token === undefined) return { kind: 'refused' }
    const { now } = this.#options
    const key = createHash('sha256').update(token).digest('base64')
    const known = this.#known.get(key)
    if (known !== undefined && now() - known.at < sessionLimits.reviewMs) {
      return { kind: 'viewer', username: known.username, session: undefined }
    }
    this.#known.delete(key)
    if (!this.#bearers.take('')) return { kind: 'too-many' }
    const asker = await this.#review(token, signal)
    if (asker.kind === 'viewer') this.#remember(key, asker.username)
    return asker
  }

  #remember(key: string, username: string): void {
    const [oldest] = this.#known.keys()
    if (this.#known.size >= mostKnown && oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(key, { username, at: this.#options.now() })
  }

  /** All who ask for pages of one session at once wait for the same review. */
  async #ofSession(session: Session): Promise<Asker> {
    const now = this.#options.now()
    session.seenAt = now
    const asker: Asker = { kind: 'viewer', username: session.viewer, session }
    if (now - session.reviewedAt < sessionLimits.reviewMs) return asker
    const running =
      this.#running.get(session) ??
      this.#reviewAgain(session).finally(() => this.#running.delete(session))
    this.#running.set(session, running)
    return running
  }

  async #reviewAgain(session: Session): Promise<Asker> {
    const asker = await this.#review(session.token, AbortSignal.timeout(10_000))
    // While the cluster cannot be asked nothing is shown, and nothing is over.
    if (asker.kind === 'unavailable') return asker
    if (asker.kind !== 'viewer' || asker.username !== session.viewer) {
      this.sessions.end(session)
      this.#options.log.info('console_session_ended', { user: session.viewer, why: asker.kind })
      return { kind: 'nobody' }
    }
    session.reviewedAt = this.#options.now()
    // Somebody may have signed out meanwhile.
    const isRunning = this.sessions.find(session.id) !== undefined
    return isRunning ? { ...asker, session } : { kind: 'nobody' }
  }

  async #review(token: string, signal: AbortSignal): Promise<Asker> {
    // Else it would be no token, or somebody's whole kubeconfig.
    if (token.length > longestToken || !/^[\w.~+/=-]+$/.test(token)) return { kind: 'refused' }
    try {
      const reviewed = await this.#options.review(token, signal)
      if (reviewed.kind === 'unknown') return { kind: 'refused' }
      return reviewed.kind === 'viewer' ? { ...reviewed, session: undefined } : reviewed
    } catch (error) {
      const cause = error instanceof GuardError ? error : new GuardError('Internal', 'no review')
      this.#options.log.warn('console_review_failed', { err: cause })
      return { kind: 'unavailable' }
    }
  }
}
