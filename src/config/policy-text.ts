import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { GuardError } from '../core/errors.ts'

/** A ConfigMap holds 1 MiB; a file beyond it is not a policy. */
const longest = 1024 * 1024
/** Opening a named pipe would otherwise wait for its writer, for ever. */
const withoutWaiting = constants.O_RDONLY | constants.O_NONBLOCK

/** The text of a policy file; PolicyUnreadable, or PolicyInvalid when it is no UTF-8 text. */
export async function readPolicyText(file: string): Promise<string> {
  const bytes = await readBytes(file)
  if (bytes.length > longest) {
    throw new GuardError('PolicyInvalid', `${file}: is longer than ${longest} bytes`)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new GuardError('PolicyInvalid', `${file}: is not UTF-8 text`, { cause })
  }
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    await using handle = await open(file, withoutWaiting)
    if (!(await handle.stat()).isFile()) throw new Error('it is not a regular file')
    const buffer = new Uint8Array(longest + 1)
    let length = 0
    while (length < buffer.length) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return buffer.subarray(0, length)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'unknown reason'
    throw new GuardError('PolicyUnreadable', `${file}: cannot be read: ${why}`, { cause })
  }
}
