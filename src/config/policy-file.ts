import { watch, type FSWatcher } from 'node:fs'
import path from 'node:path'
import { GuardError } from '../core/errors.ts'
import { formatIssue, type Issue } from '../core/policy/issue.ts'
import { parsePolicy } from '../core/policy/parse.ts'
import type { Policy } from '../core/policy/schema.ts'
import { readPolicyText } from './policy-text.ts'

const everyFiveSeconds = 5_000
/** Editors truncate before they write; ConfigMaps are swapped in several steps. */
const settleFor = 100

/** One policy and what names it: a decision is made from exactly one of these. */
export interface PolicySnapshot {
  readonly policy: Policy
  readonly hash: string
  /** Epoch ms. */
  readonly loadedAt: number
  readonly warnings: readonly Issue[]
}

export type PolicyChange =
  /** A new policy, or the file is good again. */
  | { readonly kind: 'loaded'; readonly snapshot: PolicySnapshot }
  /** The last good policy stays in force. */
  | { readonly kind: 'failed'; readonly error: GuardError }

export interface PolicySource {
  /** The last good policy; throws PolicyUnreadable before `start` has resolved. */
  current(): PolicySnapshot
  /** Loads once, rejecting with PolicyInvalid or PolicyUnreadable, then follows the file. */
  start(): Promise<void>
  stop(): Promise<void>
  /** Answers the function that ends the subscription. */
  onChange(listener: (change: PolicyChange) => void): () => void
  /** Why the file is not what is in force; undefined when it is. */
  lastError(): GuardError | undefined
}

export interface PolicyFileOptions {
  readonly file: string
  readonly now: () => number
  /** 5 s: watching only makes it faster, and not every file system tells. */
  readonly pollEvery?: number
}

export function policyFile(options: PolicyFileOptions): PolicySource {
  return new PolicyFile(options)
}

class PolicyFile implements PolicySource {
  readonly #options: PolicyFileOptions
  readonly #listeners = new Set<(change: PolicyChange) => void>()
  #snapshot: PolicySnapshot | undefined
  /** What was read last, good or bad: the same text is not judged again. */
  #text: string | undefined
  #error: GuardError | undefined
  #reloading: Promise<void> | undefined
  #isStale = false
  #watcher: FSWatcher | undefined
  #poll: NodeJS.Timeout | undefined
  #settle: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(options: PolicyFileOptions) {
    this.#options = options
  }

  current(): PolicySnapshot {
    if (this.#snapshot !== undefined) return this.#snapshot
    throw new GuardError('PolicyUnreadable', `${this.#options.file}: is not loaded yet`)
  }

  lastError(): GuardError | undefined {
    return this.#error
  }

  onChange(listener: (change: PolicyChange) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async start(): Promise<void> {
    const text = await readPolicyText(this.#options.file)
    this.#snapshot = this.#toSnapshot(text)
    this.#text = text
    this.#watch()
    const every = this.#options.pollEvery ?? everyFiveSeconds
    this.#poll = setInterval(() => void this.#reload(), every).unref()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#poll)
    clearTimeout(this.#settle)
    this.#watcher?.close()
    await this.#reloading
  }

  /** The directory, because a mounted ConfigMap is changed by swapping a link beside the file. */
  #watch(): void {
    try {
      const watcher = watch(path.dirname(this.#options.file), { persistent: false }, () => {
        clearTimeout(this.#settle)
        this.#settle = setTimeout(() => void this.#reload(), settleFor).unref()
      })
      // The directory may go, or the system may run out of watches: polling goes on.
      watcher.on('error', () => watcher.close())
      this.#watcher = watcher
    } catch {
      this.#watcher = undefined
    }
  }

  /** One at a time, and once more when the file may have changed meanwhile. */
  #reload(): Promise<void> {
    this.#isStale = true
    this.#reloading ??= this.#reloadUntilFresh().finally(() => {
      this.#reloading = undefined
    })
    return this.#reloading
  }

  async #reloadUntilFresh(): Promise<void> {
    while (this.#isStale && !this.#isStopped) {
      this.#isStale = false
      try {
        this.#accept(await readPolicyText(this.#options.file))
      } catch (error) {
        this.#text = undefined
        this.#fail(error)
      }
    }
  }

  #accept(text: string): void {
    if (text === this.#text || this.#isStopped) return
    const snapshot = this.#toSnapshot(text)
    this.#text = text
    const isRecovered = this.#error !== undefined
    this.#error = undefined
    const old = this.#snapshot
    this.#snapshot = old?.hash === snapshot.hash ? old : snapshot
    if (this.#snapshot !== old || isRecovered)
      this.#tell({ kind: 'loaded', snapshot: this.#snapshot })
  }

  #fail(cause: unknown): void {
    const error =
      cause instanceof GuardError
        ? cause
        : new GuardError('Internal', 'policy reload failed', { cause })
    const isNew = error.message !== this.#error?.message
    this.#error = error
    if (isNew && !this.#isStopped) this.#tell({ kind: 'failed', error })
  }

  #toSnapshot(text: string): PolicySnapshot {
    const parsed = parsePolicy(text, this.#options.file)
    if (parsed.kind === 'invalid') throw invalid(parsed.issues)
    const { policy, hash, warnings } = parsed
    return { policy, hash, warnings, loadedAt: this.#options.now() }
  }

  #tell(change: PolicyChange): void {
    for (const listener of this.#listeners) {
      try {
        listener(change)
      } catch (cause) {
        // The policy is in force all the same: a reload must never end the process.
        this.#error = new GuardError('Internal', 'a listener of the policy failed', { cause })
      }
    }
  }
}

function invalid(issues: readonly Issue[]): GuardError {
  return new GuardError('PolicyInvalid', issues.map(formatIssue).join('\n'))
}
