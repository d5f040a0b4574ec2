import type { PolicySource } from '../config/policy-file.ts'
import { trustedIssuers } from '../core/breakglass/issuers.ts'
import type { PinnedKeys } from '../core/breakglass/keys.ts'
import type { TrustedIssuer } from '../core/breakglass/token.ts'
import type { BreakGlassIssuer, Policy } from '../core/policy/schema.ts'
import { pause } from '../kubernetes/wait.ts'
import type { Check } from '../server/health.ts'
import type { Log } from '../telemetry/log.ts'
import { readPlace, recallKeys, type KeysPlace } from './keys-source.ts'

export interface IssuersOptions {
  readonly policy: Pick<PolicySource, 'current' | 'onChange'>
  readonly log: Log
  readonly placeOf: (issuer: BreakGlassIssuer) => KeysPlace | undefined
}

/** Keys of the issuers of the policy in force, read ahead: no request ever waits for them. */
export interface Issuers {
  /** By `iss`; issuers whose keys were never read are not there. */
  trusted(policy: Policy): ReadonlyMap<string, TrustedIssuer>
  /** The same after a look at each file. Never rejects: what was good last stays. */
  fresh(policy: Policy): Promise<ReadonlyMap<string, TrustedIssuer>>
  /** For readiness: what is kept because something newer cannot be had shows, and takes nothing down. */
  checks(): readonly Check[]
  /** Resolves when keys of each place are known or were looked for once, or after five seconds. */
  start(): Promise<void>
  stop(): Promise<void>
}

export function openIssuers(options: IssuersOptions): Issuers {
  return new KeptIssuers(options)
}

const firstLooks = 5_000

interface Kept {
  readonly place: KeysPlace
  readonly ending: AbortController
  readonly firstLook: Promise<void>
  keys: PinnedKeys | undefined
  /** Why the keys are not what stands there; undefined when they are. */
  problem: string | undefined
  ended: Promise<void>
  /** The look that is going on or was the last one, and the one that comes after it. */
  looking: Promise<void>
  nextLook: Promise<void> | undefined
}

class KeptIssuers implements Issuers {
  readonly #options: IssuersOptions
  readonly #placeOf: (issuer: BreakGlassIssuer) => KeysPlace | undefined
  readonly #kept = new Map<string, Kept>()
  readonly #ending: Promise<void>[] = []
  readonly #stopping = new AbortController()
  /** Of the policy asked about last; undefined once a key has changed. */
  #known:
    { readonly policy: Policy; readonly issuers: ReadonlyMap<string, TrustedIssuer> } | undefined
  #unsubscribe: () => void = () => undefined

  constructor(options: IssuersOptions) {
    this.#options = options
    this.#placeOf = options.placeOf
  }

  trusted(policy: Policy): ReadonlyMap<string, TrustedIssuer> {
    if (this.#known?.policy !== policy) {
      const keysOf = (issuer: BreakGlassIssuer) =>
        this.#kept.get(this.#placeOf(issuer)?.id ?? '')?.keys
      this.#known = { policy, issuers: trustedIssuers(policy, keysOf) }
    }
    return this.#known.issuers
  }

  async fresh(policy: Policy): Promise<ReadonlyMap<string, TrustedIssuer>> {
    const local = [...this.#kept.values()].filter(({ place }) => place.isLocal === true)
    await Promise.all(local.map((kept) => this.#lookInTurn(kept, this.#stopping.signal)))
    return this.trusted(policy)
  }

  checks(): readonly Check[] {
    return Array.from(this.#kept.values(), ({ place, keys, problem }) => ({
      name: `keys ${place.id}`,
      ok: problem === undefined && keys !== undefined,
      detail: detailOf(keys, problem),
    }))
  }

  async start(): Promise<void> {
    this.#follow()
    this.#unsubscribe = this.#options.policy.onChange((change) => {
      if (change.kind === 'loaded') this.#follow()
    })
    const looks = Promise.all(Array.from(this.#kept.values(), ({ firstLook }) => firstLook))
    const waiting = new AbortController()
    await Promise.race([looks, pause(firstLooks, waiting.signal)])
    waiting.abort()
  }

  async stop(): Promise<void> {
    this.#unsubscribe()
    this.#stopping.abort()
    await Promise.all([...this.#ending, ...Array.from(this.#kept.values(), ({ ended }) => ended)])
  }

  /** Looks where the policy in force says, and nowhere else. */
  #follow(): void {
    const { issuers } = this.#options.policy.current().policy.spec.breakGlass
    const wanted = new Map<string, KeysPlace>()
    for (const issuer of issuers) {
      const place = this.#placeOf(issuer)
      if (place !== undefined) wanted.set(place.id, place)
    }
    for (const [id, { ending, place, ended }] of this.#kept) {
      const next = wanted.get(id)
      // With another interval the keys are kept, and the looks begin anew.
      if (next !== undefined && next.every === place.every) wanted.delete(id)
      else {
        ending.abort()
        this.#ending.push(ended)
      }
    }
    const names = new Set(issuers.map((issuer) => this.#placeOf(issuer)?.id))
    for (const id of this.#kept.keys()) if (!names.has(id)) this.#kept.delete(id)
    for (const [id, place] of wanted)
      this.#kept.set(id, this.#open(place, this.#kept.get(id)?.keys))
    this.#known = undefined
  }

  #open(place: KeysPlace, keys: PinnedKeys | undefined): Kept {
    const ending = new AbortController()
    const signal = AbortSignal.any([ending.signal, this.#stopping.signal])
    const first = Promise.withResolvers<void>()
    const ended = Promise.resolve()
    const looks = { firstLook: first.promise, looking: ended, nextLook: undefined }
    const kept: Kept = { place, ending, keys, problem: undefined, ended, ...looks }
    kept.ended = this.#keepLooking(kept, signal, first.resolve)
    return kept
  }

  async #keepLooking(kept: Kept, signal: AbortSignal, onKnown: () => void): Promise<void> {
    kept.keys ??= await recallKeys(kept.place)
    if (kept.keys !== undefined) onKnown()
    this.#known = undefined
    await this.#lookInTurn(kept, signal)
    onKnown()
    const { every, retry } = kept.place
    while (!signal.aborted) {
      await pause(kept.problem === undefined ? every : retry, signal)
      if (!signal.aborted) await this.#lookInTurn(kept, signal)
    }
  }

  /** One at a time; whoever comes during one waits for the next, which sees what stands there by now. */
  #lookInTurn(kept: Kept, signal: AbortSignal): Promise<void> {
    kept.nextLook ??= kept.looking.then(() => {
      kept.nextLook = undefined
      kept.looking = this.#look(kept, signal)
      return kept.looking
    })
    return kept.nextLook
  }

  /** The last good keys stay, whatever stands there now. Never rejects. */
  async #look(kept: Kept, signal: AbortSignal): Promise<void> {
    const { log } = this.#options
    const { id } = kept.place
    try {
      const { keys, text } = await readPlace(kept.place, signal)
      const isNews = !isSame(kept.keys, keys)
      kept.problem = undefined
      if (!isNews || signal.aborted) return
      kept.keys = keys
      this.#known = undefined
      log.info('issuer_keys_loaded', { place: id, kids: [...keys.keys()] })
      await this.#keep(kept.place, text)
    } catch (error) {
      if (signal.aborted) return
      const problem = whyNot(error)
      // Once for each trouble, not for each look.
      if (problem !== kept.problem) log.error('issuer_keys_refused', { place: id, why: problem })
      kept.problem = problem
    }
  }

  async #keep({ id, last }: KeysPlace, text: string): Promise<void> {
    try {
      await last?.save(text)
    } catch (error) {
      this.#options.log.warn('issuer_keys_not_kept', { place: id, err: error as Error })
    }
  }
}

function isSame(old: PinnedKeys | undefined, next: PinnedKeys): boolean {
  if (old?.size !== next.size) return false
  return Array.from(next).every(([kid, key]) => old.get(kid)?.equals(key) === true)
}

function whyNot(error: unknown): string {
  if (!(error instanceof Error)) return 'it failed'
  const { code } = (error.cause ?? error) as { readonly code?: unknown }
  return typeof code === 'string' ? code : error.message
}

function detailOf(keys: PinnedKeys | undefined, problem: string | undefined): string {
  const has = keys === undefined ? 'there are none' : `${keys.size} in force`
  return problem === undefined ? has : `${has}: ${problem}`
}
