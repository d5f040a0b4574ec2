import type { Sink } from '../../core/breakglass/outbox/sink.ts'
import { GuardError } from '../../core/errors.ts'
import type { BreakGlassSink } from '../../core/policy/schema.ts'
import type { Api } from '../../kubernetes/api.ts'
import { eventSink } from '../../kubernetes/event-sink.ts'
import { cloudEventsSink } from '../../sinks/cloudevents.ts'
import { fileSink, type Append } from '../../sinks/file.ts'
import { pagerDutySink } from '../../sinks/pagerduty.ts'
import { slackSink } from '../../sinks/slack.ts'

interface SinkParts {
  readonly api: Api
  readonly append: Append
  /** Which of us it is. */
  readonly instance: string
  /** Epoch ms. */
  readonly now: () => number
}

export function toSink(entry: BreakGlassSink, parts: SinkParts): Sink {
  const { now, api, append, instance } = parts
  const { name, mandatory: isMandatory } = entry
  switch (entry.kind) {
    case 'cloudevents':
      return cloudEventsSink({ ...entry, url: given(entry, 'url') }, now)
    case 'pagerduty':
      return pagerDutySink({ ...entry, routingKeyFile: given(entry, 'routingKeyFile') }, now)
    case 'slack':
      return slackSink({ ...entry, urlFile: given(entry, 'urlFile') }, now)
    case 'file':
      return fileSink({ ...entry, path: given(entry, 'path') }, append)
    case 'kubernetes-event':
      return eventSink({ api, name, isMandatory, instance })
  }
}

/** The policy is refused without. */
function given(entry: BreakGlassSink, key: 'url' | 'urlFile' | 'routingKeyFile' | 'path'): string {
  const value = entry[key]
  if (value !== undefined) return value
  throw new GuardError('PolicyInvalid', `sink ${entry.name} has no ${key}`)
}
