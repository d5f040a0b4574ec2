import { isFirstOfBypass } from '../core/breakglass/outbox/bypass-events.ts'
import type { Message } from '../core/breakglass/outbox/cloud-event.ts'
import type { EventType } from '../core/breakglass/outbox/event-types.ts'
import type { Sink } from '../core/breakglass/outbox/sink.ts'
import { canonicalJson } from '../core/manifest/canonical.ts'
import type { JsonObject } from '../core/manifest/json.ts'
import { outcomeOf, refusals } from './outcome.ts'
import { post } from './post.ts'
import { readSecret, revisionOf } from './secret-file.ts'
import type { SinkEntry } from './sink-entry.ts'

const defaultUrl = 'https://events.pagerduty.com'

type Action = 'trigger' | 'resolve' | 'change'

/**
 * An alert from activation, or the first write past us, until the post-mortem is closed, and what is done in the meantime as
 * changes. The rest would only wake people up.
 */
const actions: Partial<Record<EventType, Action>> = {
  'bypass.detected': 'trigger',
  'breakglass.activated': 'trigger',
  'breakglass.use.admitted': 'change',
  'breakglass.use.notcommitted': 'change',
  'breakglass.exhausted': 'change',
  'breakglass.expired': 'change',
  'breakglass.ended': 'change',
  'breakglass.revoked': 'change',
  // Whoever resolved the alert by hand hears of it again.
  'postmortem.overdue': 'trigger',
  'postmortem.closed': 'resolve',
}

/** Events API v2. An alert is known by its dedup_key; changes have none, so one may come twice. */
export function pagerDutySink(
  entry: SinkEntry & { readonly routingKeyFile: string; readonly url?: string },
  now: () => number,
): Sink {
  const { name, mandatory, routingKeyFile, url = defaultUrl } = entry
  return {
    name,
    isMandatory: mandatory,
    wants: (type, part) =>
      actions[type] !== undefined && (type !== 'bypass.detected' || isFirstOfBypass(part)),
    revision: () => revisionOf(entry, [routingKeyFile]),
    async deliver(message, signal) {
      const key = await readSecret(routingKeyFile)
      const action = actions[message.type] ?? 'change'
      const path = action === 'change' ? 'v2/change/enqueue' : 'v2/enqueue'
      const posted = await post({
        url: new URL(path, url.endsWith('/') ? url : `${url}/`),
        type: 'application/json',
        body: canonicalJson(toRequest(message, action, key)),
        signal,
      })
      const outcome = outcomeOf(posted, { isRefusal: (status) => refusals.has(status), now: now() })
      return outcome.kind === 'delivered' && action !== 'change'
        ? { ...outcome, externalId: dedupKey(message) }
        : outcome
    },
  }
}

function dedupKey({ event, grant }: Message): string {
  const cluster = event.source.slice(event.source.lastIndexOf('/') + 1)
  return `solewriter/${cluster}/${grant}`.slice(0, 255)
}

const severities: Readonly<Record<string, string>> = {
  INFO: 'info',
  WARN: 'warning',
  ERROR: 'error',
}

function toRequest(message: Message, action: Action, key: string): JsonObject {
  const { event, headline } = message
  const payload = {
    summary: headline.slice(0, 1024),
    source: event.source,
    timestamp: event.time,
    custom_details: { ...event.data, id: event.id, type: event.type },
  }
  if (action === 'change') return { routing_key: key, payload }
  return {
    routing_key: key,
    event_action: action,
    dedup_key: dedupKey(message),
    payload: { ...payload, severity: severities[event.severitytext] ?? 'warning' },
  }
}
