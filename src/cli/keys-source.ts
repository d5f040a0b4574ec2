import { readFile } from 'node:fs/promises'
import { readKeys, type PinnedKeys } from '../core/breakglass/keys.ts'
import type { BreakGlassIssuer } from '../core/policy/schema.ts'
import { fetchText } from './fetch-text.ts'
import { keptText, type KeptText } from './kept-text.ts'

/** Where the keys of an issuer stand, when the policy itself does not hold them. */
export interface KeysPlace {
  /** Another one for each place. */
  readonly id: string
  /** Between two looks, in ms. */
  readonly every: number
  /** Before the next look when this one was in vain, in ms. */
  readonly retry: number
  readonly read: (signal: AbortSignal) => Promise<string>
  /** A file here: it can be read at any time. */
  readonly isLocal?: true
  /** What was good last, for a start at which nobody answers. */
  readonly last?: KeptText
}

const fiveSeconds = 5_000
const longestRetry = 15_000
/** Issuers have a handful of keys, of some 200 bytes each. */
const longestText = 64 * 1024

/** `directory`: where keys that were fetched are kept. */
export function keysPlaceOf(
  { jwksFile, jwksUrl, refresh }: BreakGlassIssuer,
  directory: string,
): KeysPlace | undefined {
  if (jwksFile !== undefined) {
    const id = `file ${jwksFile}`
    const read = () => readText(jwksFile)
    return { id, every: fiveSeconds, retry: fiveSeconds, read, isLocal: true }
  }
  if (jwksUrl === undefined) return undefined
  const every = refresh ?? longestRetry
  return {
    id: jwksUrl,
    every,
    retry: Math.min(every, longestRetry),
    read: (signal) => fetchText(jwksUrl, { longest: longestText, signal }),
    last: keptText(directory, jwksUrl),
  }
}

/** Undefined unless all of it is a good key set. */
export async function recallKeys({ last }: KeysPlace): Promise<PinnedKeys | undefined> {
  const text = await last?.load()
  const found = text === undefined ? undefined : readKeys(text)
  return found?.kind === 'keys' ? found.keys : undefined
}

/** Rejects with what is wrong, which never shows what was read. */
export async function readPlace(
  { read }: KeysPlace,
  signal: AbortSignal,
): Promise<{ readonly keys: PinnedKeys; readonly text: string }> {
  const text = await read(signal)
  const found = readKeys(text)
  if (found.kind === 'keys') return { keys: found.keys, text }
  throw new Error(found.message)
}

async function readText(file: string): Promise<string> {
  const text = await readFile(file, 'utf8')
  if (text.length > longestText) throw new Error(`is longer than ${longestText} bytes`)
  return text
}
