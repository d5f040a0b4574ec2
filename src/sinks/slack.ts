import { isFirstOfBypass } from '../core/breakglass/outbox/bypass-events.ts'
import type { Message } from '../core/breakglass/outbox/cloud-event.ts'
import type { Sink } from '../core/breakglass/outbox/sink.ts'
import { GuardError } from '../core/errors.ts'
import { canonicalJson } from '../core/manifest/canonical.ts'
import { stringAt, type JsonObject } from '../core/manifest/json.ts'
import { outcomeOf } from './outcome.ts'
import { createPace } from './pace.ts'
import { post } from './post.ts'
import { readSecret, revisionOf } from './secret-file.ts'
import type { SinkEntry } from './sink-entry.ts'

const everySecond = 1_000
const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * An incoming webhook, whose address is its secret. It knows no ids: what is sent again after a crash
 * is there twice, with the same id at its end.
 */
export function slackSink(
  entry: SinkEntry & { readonly urlFile: string },
  now: () => number,
): Sink {
  const { name, mandatory, urlFile } = entry
  const pace = createPace(everySecond, now)
  return {
    name,
    isMandatory: mandatory,
    // That a write was stored is what everybody expects.
    wants: (type, part) =>
      type !== 'breakglass.use.committed' && (type !== 'bypass.detected' || isFirstOfBypass(part)),
    revision: () => revisionOf(entry, [urlFile]),
    async deliver(message, signal) {
      const url = readUrl(await readSecret(urlFile))
      await pace(signal)
      const body = canonicalJson(toRequest(message))
      const posted = await post({ url, type: 'application/json', body, signal })
      return outcomeOf(posted, { isRefusal, now: now() })
    },
  }
}

function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429
}

/** Rejects without showing it. */
function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isLocal = url?.protocol === 'http:' && loopback.has(url.hostname)
  if (url === undefined || (url.protocol !== 'https:' && !isLocal)) {
    throw new GuardError('SettingsInvalid', 'its file does not hold an https URL')
  }
  return url
}

function toRequest({ headline, event }: Message): JsonObject {
  const { id, time, data } = event
  const text = escaped(headline)
  const where = `${escaped(stringAt(data, 'cluster') ?? '')} · ${time} · ${id}`
  return {
    text,
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text } },
      { type: 'context', elements: [{ type: 'mrkdwn', text: where }] },
    ],
  }
}

/** Nobody is mentioned, and nothing linked, by what a reason says. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
