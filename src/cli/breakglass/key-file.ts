import { createPrivateKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import {
  keySet,
  publicHalf,
  readKeys,
  thumbprint,
  type PinnedKeys,
} from '../../core/breakglass/keys.ts'
import type { Env } from '../env.ts'
import { UsageError } from '../exit.ts'

export interface SigningKey {
  readonly kid: string
  readonly secret: KeyObject
  readonly published: PinnedKeys
}

/** A private key as `keygen` writes it. */
export async function readKeyFile(file: string, env: Env): Promise<SigningKey> {
  const secret = await readSecret(file, env)
  const jwk = publicHalf(secret)
  if (jwk === undefined) throw new UsageError(`${file} is no key for ES256: it must be on P-256`)
  const read = readKeys(JSON.stringify(keySet(jwk)))
  if (read.kind === 'refused') throw new UsageError(`${file} ${read.message}`)
  return { kid: thumbprint(jwk), secret, published: read.keys }
}

async function readSecret(file: string, env: Env): Promise<KeyObject> {
  try {
    return createPrivateKey(await readFile(path.resolve(env.cwd, file)))
  } catch (cause) {
    // The words of the parser may hold what it read.
    const isRead = !(cause instanceof Error && 'syscall' in cause)
    throw new UsageError(`${file} ${isRead ? 'is no private key in PEM' : 'cannot be read'}`)
  }
}
