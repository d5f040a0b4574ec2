import { createReadStream, type ReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'

/** Of a file that is read to no end, since something in it is not as it was written. */
export class DamagedFile extends Error {
  override readonly name = 'DamagedFile'
}

const atOnce = 1024 * 1024

/** What a record file holds, also when it is compressed. */
export function bytesOf(file: string): AsyncIterable<Buffer> {
  const stream = createReadStream(file, { highWaterMark: atOnce })
  return isCompressed(file) ? unzipped(stream) : stream
}

export function isCompressed(file: string): boolean {
  return file.endsWith('.gz')
}

async function* unzipped(stream: ReadStream): AsyncGenerator<Buffer, void, undefined> {
  const gunzip = createGunzip({ chunkSize: atOnce })
  stream.once('error', (cause) => gunzip.destroy(cause))
  stream.pipe(gunzip)
  try {
    for await (const chunk of gunzip) yield chunk as Buffer
  } catch (cause) {
    const { code = '' } = cause as { readonly code?: string }
    if (!code.startsWith('Z_')) throw cause
    throw new DamagedFile('the compressed file is damaged', { cause })
  } finally {
    stream.destroy()
  }
}
