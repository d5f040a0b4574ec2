import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { GuardError } from '../core/errors.ts'

const longest = 4096

/** A word that nobody else may see, read anew for each delivery. Rejects without showing it. */
export async function readSecret(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new GuardError('SettingsInvalid', `its file cannot be read: ${codeOf(error)}`)
  })
  const line = text.trim()
  if (line !== '' && line.length <= longest && !/\s/.test(line)) return line
  throw new GuardError('SettingsInvalid', 'its file does not hold one word')
}

/**
 * Of how a sink is reached: another one when its entry in the policy changes, or one of its files is
 * written. What stands in these is not part of it.
 */
export async function revisionOf(entry: object, files: readonly string[]): Promise<string> {
  const times = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ mtimeMs }) => mtimeMs,
        () => 'absent',
      ),
    ),
  )
  return createHash('sha256')
    .update(JSON.stringify([entry, times]), 'utf8')
    .digest('hex')
    .slice(0, 32)
}

/** PEM, which everybody may see. */
export async function readAuthorities(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new GuardError('SettingsInvalid', `its caFile cannot be read: ${codeOf(error)}`)
  })
}

function codeOf(error: unknown): string {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' ? code : 'unknown'
}
