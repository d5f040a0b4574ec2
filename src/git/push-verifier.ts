import { readFile } from 'node:fs/promises'
import type { PolicyRepository } from '../core/policy/schema.ts'
import { verifyPush, type PushHeaders } from './push-signature.ts'

/**
 * Checks notifications by the secret file that the policy names for the repository. It is read each
 * time: secrets rotate, and notifications are few. Rejects when it cannot be read.
 */
export async function verifyPushFor(
  repository: Pick<PolicyRepository, 'pushSecretFile'>,
  headers: PushHeaders,
  body: Uint8Array,
): Promise<boolean> {
  if (repository.pushSecretFile === undefined) return false
  const secret = await readFile(repository.pushSecretFile, 'utf8')
  return verifyPush(headers, body, secret.replace(/\r?\n$/, ''))
}
