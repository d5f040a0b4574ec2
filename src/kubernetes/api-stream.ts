import { request as httpsRequest, type RequestOptions } from 'node:https'
import { GuardError } from '../core/errors.ts'
import {
  optionsOf,
  readAnswer,
  whyNot,
  type ApiAnswer,
  type ApiRequest,
  type Exchange,
  type ResponseStream,
} from './exchange.ts'
import { until } from './wait.ts'

export interface StreamRequest extends ApiRequest {
  readonly method: 'GET'
  /** Ends the stream; `timeoutMs` is only how long its first byte may take. */
  readonly signal: AbortSignal
}

/** An answer that goes on: texts, one a line. */
export interface ApiStream {
  readonly status: 200
  /** Ends when the server does. Rejects with ClusterUnreachable when it breaks off. To be read to its end, or left. */
  readonly lines: AsyncIterable<Buffer>
}

const tenSeconds = 10_000
/** A peer that has vanished without a word is noticed after ten more seconds. */
const probeAfter = 10_000
/** A watch event holds one object of at most 3 MiB. */
const longestLine = 16 * 1024 * 1024
const newline = 0x0a

export function isStream(answer: ApiStream | ApiAnswer): answer is ApiStream {
  return 'lines' in answer
}

/** Nothing is sent again here: who follows a stream has to go on from where it broke off. */
export async function openStream(
  exchange: Exchange<StreamRequest>,
): Promise<ApiStream | ApiAnswer> {
  const { request, credentials } = exchange
  const { signal, timeoutMs = tenSeconds } = request
  const opening = new AbortController()
  const timer = setTimeout(() => {
    opening.abort()
  }, timeoutMs)
  const limits = { opening: opening.signal, host: credentials.server.host }
  try {
    signal.throwIfAborted()
    const whole = AbortSignal.any([signal, opening.signal])
    const options = await until(optionsOf(exchange), whole)
    const response = await begin({ ...options, signal: whole })
    if (response.statusCode !== 200) return await readAnswer(response)
    return { status: 200, lines: linesOf(response, limits) }
  } catch (cause) {
    throw broken('no answer from', cause, limits)
  } finally {
    clearTimeout(timer)
  }
}

interface Limits {
  readonly opening: AbortSignal
  readonly host: string
}

function broken(what: string, cause: unknown, { opening, host }: Limits): GuardError {
  if (cause instanceof GuardError) return cause
  const why = `${what} ${host}: ${whyNot(cause, opening)}`
  return new GuardError('ClusterUnreachable', why, { cause })
}

interface Response extends ResponseStream {
  destroy(): void
}

function begin(options: RequestOptions): Promise<Response> {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(options, resolve)
    sent.once('socket', (socket) => socket.setKeepAlive(true, probeAfter))
    sent.on('error', reject)
    sent.end()
  })
}

async function* linesOf(response: Response, limits: Limits): AsyncGenerator<Buffer> {
  let rest: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of response) {
      let start = 0
      for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
        yield Buffer.concat([...rest, chunk.subarray(start, end)])
        rest = []
        length = 0
        start = end + 1
      }
      const tail = chunk.subarray(start)
      length += tail.length
      if (length > longestLine) throw new Error('a line is too long')
      rest.push(tail)
    }
  } catch (cause) {
    throw broken('the stream broke off from', cause, limits)
  } finally {
    response.destroy()
  }
}
