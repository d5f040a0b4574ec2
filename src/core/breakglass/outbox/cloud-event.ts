import { createHash } from 'node:crypto'
import { at, stringAt, type JsonObject } from '../../manifest/json.ts'
import { holderOf } from '../holder.ts'
import { postMortemName } from '../life-cycle.ts'
import { momentText } from '../moment.ts'
import { bypassActor } from '../post-mortem-bypass.ts'
import { keyOf, type OutboxEvent, type Told } from './event.ts'
import { approvalOf, dataOf } from './event-data.ts'
import { cloudEventType, meaningOf, severities, type EventType } from './event-types.ts'
import { rankOf } from './events.ts'
import { headlineOf } from './headline.ts'

/** Who tells it. */
export interface Teller {
  /** The uid of the namespace kube-system. */
  readonly clusterUid: string
  /** For people. */
  readonly cluster: string
}

/** An alias, since an interface is no JSON object to TypeScript. The specification wants lower case. */
type CloudEvent = {
  readonly specversion: '1.0'
  readonly id: string
  readonly source: string
  readonly type: string
  readonly subject: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  readonly severitytext: string
  readonly severitynumber: number
  readonly sequence: string
  readonly correlationid: string
  readonly causationid?: string
  readonly authtype: string
  readonly authid?: string
  readonly data: JsonObject
}

/** An event as sinks get it. */
export interface Message {
  readonly type: EventType
  /** What it is kept in: a grant, or the PostMortem of a bypass. */
  readonly kind: 'BreakGlassGrant' | 'PostMortem'
  /** Its name. */
  readonly grant: string
  readonly grantUid: string
  /** What happened, in one line. */
  readonly headline: string
  readonly event: CloudEvent
}

export function toMessage(event: OutboxEvent, told: Told, teller: Teller): Message {
  const { type, time } = event
  const grant = stringAt(told.grant, 'metadata', 'name') ?? ''
  const data = dataOf(event, told, teller.cluster)
  const { severity } = meaningOf(type)
  const source = `//solewriter/clusters/${teller.clusterUid}`
  const isBypass = bypassActor(told.grant) !== undefined
  const subject =
    isBypass || type.startsWith('postmortem.')
      ? `postmortems/${postMortemName(grant)}`
      : `breakglassgrants/${grant}`
  return {
    type,
    kind: isBypass ? 'PostMortem' : 'BreakGlassGrant',
    grant,
    grantUid: stringAt(told.grant, 'metadata', 'uid') ?? '',
    headline: headlineOf(event, data),
    event: {
      specversion: '1.0',
      id: idOf(source, grant, event),
      source,
      type: cloudEventType(type),
      subject,
      time: momentText(time),
      datacontenttype: 'application/json',
      severitytext: severity,
      severitynumber: severities[severity],
      sequence: sequenceOf(event),
      correlationid: grant,
      ...causeOf(source, told.grant, event),
      ...actorOf(event, told),
      data,
    },
  }
}

type Which = Pick<OutboxEvent, 'part'> & { readonly type: string }

/** What receivers know an event by: the same each time that it is sent. */
function idOf(source: string, grant: string, { type, part }: Which): string {
  const text = JSON.stringify([source, grant, keyOf({ type, part })])
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 32)
}

/** Sorts as the events of a grant came about: by the time in ms, the type and the number. */
function sequenceOf(event: OutboxEvent): string {
  const n = /^\d{1,3}$/.test(event.part) ? event.part : ''
  const [time, rank] = [String(event.time), String(rankOf(event))]
  return [time.padStart(15, '0'), rank.padStart(2, '0'), n.padStart(3, '0')].join('')
}

/** What they cause is about the same use. */
const inParts: readonly string[] = ['breakglass.use.admitted', 'breakglass.held']

function causeOf(source: string, grant: JsonObject, { type, part }: OutboxEvent) {
  const name = stringAt(grant, 'metadata', 'name') ?? ''
  const { cause } = meaningOf(type)
  if (cause === undefined) return {}
  if (bypassActor(grant) !== undefined && cause === 'breakglass.requested') {
    return { causationid: idOf(source, name, { type: 'bypass.detected', part: '1' }) }
  }
  const which = inParts.includes(cause) ? part : ''
  return { causationid: idOf(source, name, { type: cause, part: which }) }
}

/** The auth context of CloudEvents. */
function actorOf(event: OutboxEvent, { grant, postMortem }: Told) {
  const { by } = meaningOf(event.type)
  if (by === 'solewriter') return { authtype: 'system' }
  const names = {
    holder: () => holderOf(grant),
    approver: () => stringAt(approvalOf(grant, event.part), 'by'),
    revoker: () => stringAt(at(grant, 'spec', 'revoked'), 'by'),
    reviewer: () => stringAt(postMortem, 'spec', 'review', 'by'),
    actor: () => bypassActor(grant),
  }
  const authid = names[by]() ?? ''
  const isAccount = authid.startsWith('system:serviceaccount:')
  return { authtype: isAccount ? 'service_account' : 'user', authid }
}
