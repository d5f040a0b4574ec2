import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { GuardError } from '../core/errors.ts'

/** A Secret holds no more. */
const longest = 1024 * 1024
/** Opening a named pipe would otherwise wait for its writer, for ever. */
const withoutWaiting = constants.O_RDONLY | constants.O_NONBLOCK

/** A small text file; undefined when there is none. CertificateUnreadable names file and cause. */
export async function readText(file: string): Promise<string | undefined> {
  try {
    await using handle = await open(file, withoutWaiting)
    const stat = await handle.stat()
    if (!stat.isFile()) throw new Error('it is not a regular file')
    if (stat.size > longest) throw new Error(`it is longer than ${longest} bytes`)
    return await handle.readFile('latin1')
  } catch (cause) {
    const code = errorCode(cause)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    const why = code ?? (cause instanceof Error ? cause.message : 'unknown error')
    throw new GuardError('CertificateUnreadable', `cannot read ${file}: ${why}`, { cause })
  }
}

export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
