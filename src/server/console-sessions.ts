import { createHash } from 'node:crypto'

/** Somebody who signed in. */
export interface Session {
  readonly id: string
  readonly viewer: string
  /** Goes back with the forms of its pages. */
  readonly formToken: string
  /** Kept to be asked about again; it leaves the process only to the API server. */
  readonly token: string
  readonly startedAt: number
  seenAt: number
  reviewedAt: number
}

const minute = 60_000

export const sessionLimits = {
  /** However busy. */
  lifeMs: 60 * minute,
  idleMs: 15 * minute,
  /** The cluster is asked again whether the token still counts. */
  reviewMs: minute,
  most: 128,
} as const

export interface SessionsOptions {
  readonly now: () => number
  /** Random, and too long to be guessed. */
  readonly newSecret: () => string
}

/** Sessions of this process: a restart ends all of them. */
export class Sessions {
  readonly #options: SessionsOptions
  /** By the digest of the id: no lookup tells how much of an id was right. */
  readonly #sessions = new Map<string, Session>()

  constructor(options: SessionsOptions) {
    this.#options = options
  }

  /** The oldest one ends where there are too many. */
  start(viewer: string, token: string): Session {
    const { now, newSecret } = this.#options
    this.#sweep()
    const [oldest] = this.#sessions.keys()
    if (this.#sessions.size >= sessionLimits.most && oldest !== undefined) {
      this.#sessions.delete(oldest)
    }
    const at = now()
    const session: Session = {
      id: newSecret(),
      viewer,
      formToken: newSecret(),
      token,
      startedAt: at,
      seenAt: at,
      reviewedAt: at,
    }
    this.#sessions.set(keyOf(session.id), session)
    return session
  }

  /** One that still runs. */
  find(id: string): Session | undefined {
    const session = this.#sessions.get(keyOf(id))
    if (session === undefined) return undefined
    if (!this.#isOver(session)) return session
    this.end(session)
    return undefined
  }

  end({ id }: Session): void {
    this.#sessions.delete(keyOf(id))
  }

  #sweep(): void {
    for (const session of this.#sessions.values()) if (this.#isOver(session)) this.end(session)
  }

  #isOver({ startedAt, seenAt }: Session): boolean {
    const now = this.#options.now()
    return now - startedAt >= sessionLimits.lifeMs || now - seenAt >= sessionLimits.idleMs
  }
}

function keyOf(id: string): string {
  return createHash('sha256').update(id).digest('base64')
}
