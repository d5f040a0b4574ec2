import { GuardError } from '../core/errors.ts'
import type { ServingCertificate } from './serving.ts'

/** Where a listener gets its certificate from, now and whenever it changes. */
export interface CertificateSource {
  /** The last good one; undefined before there was any. */
  current(): ServingCertificate | undefined
  /** Why there is nothing newer, while that is so. `current` stays what it was. */
  failure(): GuardError | undefined
  /** Called after `current` has changed; returns how to stop that. */
  onChange(listener: (certificate: ServingCertificate) => void): () => void
  /** Resolves after the first attempt, which may have failed: see `current` and `failure`. */
  start(): Promise<void>
  stop(): Promise<void>
}

export interface SourceOptions {
  /** Gives a checked certificate or throws. */
  readonly read: () => Promise<ServingCertificate>
  readonly pollMs: number
  /** Once for each new failure, not for each attempt. */
  readonly onFailure: (error: GuardError) => void
  /** Calls back when reading again could be worth it; returns how to stop that. */
  readonly watch?: (changed: () => void) => () => void
}

export function createSource(options: SourceOptions): CertificateSource {
  return new PollingSource(options)
}

class PollingSource implements CertificateSource {
  readonly #options: SourceOptions
  readonly #listeners = new Set<(certificate: ServingCertificate) => void>()
  #current: ServingCertificate | undefined
  #failure: GuardError | undefined
  /** False after a listener threw: it gets the same certificate again at the next look. */
  #isApplied = false
  #state: 'new' | 'running' | 'stopped' = 'new'
  #timer: NodeJS.Timeout | undefined
  #unwatch: (() => void) | undefined
  #reading: Promise<void> | undefined
  #again = false

  constructor(options: SourceOptions) {
    this.#options = options
  }

  current(): ServingCertificate | undefined {
    return this.#current
  }

  failure(): GuardError | undefined {
    return this.#failure
  }

  onChange(listener: (certificate: ServingCertificate) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async start(): Promise<void> {
    if (this.#state !== 'new') {
      throw new GuardError('Internal', 'a certificate source starts once')
    }
    this.#state = 'running'
    // Watching starts before the first look: what changes in between is not missed.
    this.#unwatch = this.#options.watch?.(() => {
      void this.#read()
    })
    await this.#read()
    this.#schedule()
  }

  async stop(): Promise<void> {
    this.#state = 'stopped'
    clearTimeout(this.#timer)
    this.#unwatch?.()
    await this.#reading
  }

  /** Short sleeps and a look at the clock after each: a process that was paused notices. */
  #schedule(): void {
    if (this.#state !== 'running') return
    this.#timer = setTimeout(() => {
      void this.#read().then(() => {
        this.#schedule()
      })
    }, this.#options.pollMs)
  }

  /** One at a time; whoever asks meanwhile gets one more, as what they saw may be newer. */
  #read(): Promise<void> {
    if (this.#state !== 'running') return Promise.resolve()
    this.#again = this.#reading !== undefined
    this.#reading ??= this.#readUntilQuiet().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #readUntilQuiet(): Promise<void> {
    do {
      this.#again = false
      const failure = await this.#attempt()
      const isNews = failure !== undefined && failure.message !== this.#failure?.message
      this.#failure = failure
      if (isNews) this.#options.onFailure(failure)
    } while (this.#again && this.#state === 'running')
  }

  async #attempt(): Promise<GuardError | undefined> {
    try {
      return this.#apply(await this.#options.read())
    } catch (error) {
      return toFailure(error)
    }
  }

  #apply(next: ServingCertificate): GuardError | undefined {
    const isKnown = this.#isApplied && isSame(this.#current, next)
    if (isKnown || this.#state === 'stopped') return undefined
    this.#current = next
    let failure: GuardError | undefined
    for (const listener of this.#listeners) {
      try {
        listener(next)
      } catch (error) {
        // One listener's trouble must not keep the certificate from the others.
        failure ??= toFailure(error)
      }
    }
    this.#isApplied = failure === undefined
    return failure
  }
}

function toFailure(cause: unknown): GuardError {
  if (cause instanceof GuardError) return cause
  return new GuardError('CertificateInvalid', 'the certificate cannot be used', { cause })
}

function isSame(left: ServingCertificate | undefined, right: ServingCertificate): boolean {
  return (
    left?.certificatePem === right.certificatePem &&
    left.keyPem === right.keyPem &&
    left.caBundlePem === right.caBundlePem
  )
}
