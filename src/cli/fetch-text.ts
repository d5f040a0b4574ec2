interface FetchOptions {
  /** In bytes. */
  readonly longest: number
  readonly signal: AbortSignal
}

const tenSeconds = 10_000
const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * What stands at a URL, over https, or over http on this machine. Rejects for whatever else happens:
 * nobody is followed to another place, and nothing is waited for longer than ten seconds.
 */
export async function fetchText(url: string, { longest, signal }: FetchOptions): Promise<string> {
  const { protocol, hostname } = new URL(url)
  const isLocal = protocol === 'http:' && loopback.has(hostname)
  if (protocol !== 'https:' && !isLocal) throw new Error('keys come over https only')
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(tenSeconds)]),
    headers: { accept: 'application/json' },
  })
  if (!response.ok) {
    await response.body?.cancel()
    throw new Error(`answers ${response.status}`)
  }
  const chunks: Uint8Array[] = []
  let length = 0
  const body: AsyncIterable<Uint8Array> | null = response.body
  for await (const chunk of body ?? []) {
    length += chunk.length
    // Leaving the loop ends the connection.
    if (length > longest) throw new Error(`is longer than ${longest} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
