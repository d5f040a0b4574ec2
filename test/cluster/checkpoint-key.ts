import { generateKeyPairSync } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { keySet, publicHalf } from '../../src/core/breakglass/keys.ts'
import type { Layout } from './layout.ts'

/** The key of all replicas, made by the first one; its public half stands beside it. */
export function checkpointKey({ pki }: Pick<Layout, 'pki'>): string {
  const file = path.join(pki, 'checkpoint.key')
  if (existsSync(file)) return file
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicHalf(privateKey)
  if (jwk === undefined) throw new Error('the key is not on the curve that was asked for')
  writeFileSync(checkpointJwks({ pki }), JSON.stringify(keySet(jwk)), { mode: 0o600 })
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  return file
}

/** For `audit verify --jwks`. */
export function checkpointJwks({ pki }: Pick<Layout, 'pki'>): string {
  return path.join(pki, 'checkpoint-jwks.json')
}
