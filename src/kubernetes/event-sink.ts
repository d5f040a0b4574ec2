import { cloudEventType, type EventType } from '../core/breakglass/outbox/event-types.ts'
import type { Message } from '../core/breakglass/outbox/cloud-event.ts'
import type { Outcome, Sink } from '../core/breakglass/outbox/sink.ts'
import { grantKind } from '../core/breakglass/grant.ts'
import type { JsonObject } from '../core/manifest/json.ts'
import { isGood, type Api } from './api.ts'
import { pathOf } from './paths.ts'

export interface EventSinkOptions {
  readonly api: Api
  readonly name: string
  readonly isMandatory: boolean
  /** Which of us says it. */
  readonly instance: string
}

/** Events about cluster-scoped objects live there. */
const namespace = 'default'
const resource = { group: 'events.k8s.io', version: 'v1', resource: 'events', namespace }
const longestNote = 1024
const longestWord = 128

/** For `kubectl describe`: the API server forgets them after an hour. */
export function eventSink({ api, name, isMandatory, instance }: EventSinkOptions): Sink {
  return {
    name,
    isMandatory,
    wants: () => true,
    revision: () => Promise.resolve('cluster'),
    async deliver(message, signal) {
      const body = toEvent(message, instance)
      return toOutcome(await api.send({ method: 'POST', path: pathOf(resource), body, signal }))
    },
  }
}

/** Its name is the id: one that is there already was delivered. */
function toOutcome(answer: Awaited<ReturnType<Api['send']>>): Outcome {
  if (isGood(answer) || answer.status === 409) return { kind: 'delivered' }
  const why = `the API server answers ${answer.status}`
  return { kind: answer.status === 400 || answer.status === 422 ? 'refused' : 'later', why }
}

function toEvent(
  { event, kind, grant, grantUid, headline, type }: Message,
  instance: string,
): JsonObject {
  const { group, version } = grantKind
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: `${grant}.${event.id}`, namespace },
    eventTime: event.time.replace('Z', '.000000Z'),
    type: event.severitytext === 'INFO' ? 'Normal' : 'Warning',
    reason: reasonOf(type),
    action: cloudEventType(type).slice(0, longestWord),
    note: headline.slice(0, longestNote),
    reportingController: `${group}/controller`,
    reportingInstance: instance.slice(0, longestWord),
    regarding: { apiVersion: `${group}/${version}`, kind, name: grant, uid: grantUid },
  }
}

/** `breakglass.use.admitted`: BreakglassUseAdmitted. */
function reasonOf(type: EventType): string {
  const words = type.split('.').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
  return words.join('')
}
