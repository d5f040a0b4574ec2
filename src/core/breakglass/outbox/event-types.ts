/** As OpenTelemetry numbers them. */
export const severities = { INFO: 9, WARN: 13, ERROR: 17 } as const

interface EventMeaning {
  readonly severity: keyof typeof severities
  /** For people: when it is sent. */
  readonly when: string
  /** Who has done it; `solewriter` for what the clock or we found. */
  readonly by: 'holder' | 'approver' | 'revoker' | 'reviewer' | 'actor' | 'solewriter'
  readonly cause?: string
}

/**
 * All that is told of a grant or of a bypass, in the order in which it comes about. What never becomes an object of
 * the cluster is not here: a token that is refused leaves a record and no grant.
 */
export const eventTypes = {
  'breakglass.requested': { severity: 'INFO', by: 'holder', when: 'a token has made a grant' },
  'breakglass.approved': {
    severity: 'INFO',
    by: 'approver',
    when: 'somebody has approved it; one for each approver',
    cause: 'breakglass.requested',
  },
  'breakglass.denied': {
    severity: 'WARN',
    by: 'solewriter',
    when: 'not enough people approved it in time',
    cause: 'breakglass.requested',
  },
  'breakglass.activated': {
    severity: 'WARN',
    by: 'holder',
    when: 'it can be used from now on',
    cause: 'breakglass.requested',
  },
  'postmortem.opened': {
    severity: 'INFO',
    by: 'solewriter',
    when: 'its PostMortem is there',
    cause: 'breakglass.requested',
  },
  'breakglass.use.admitted': {
    severity: 'WARN',
    by: 'holder',
    when: 'a write was admitted under it; one for each use',
    cause: 'breakglass.activated',
  },
  'breakglass.use.committed': {
    severity: 'INFO',
    by: 'solewriter',
    when: 'the write was stored; one for each use',
    cause: 'breakglass.use.admitted',
  },
  'breakglass.use.notcommitted': {
    severity: 'WARN',
    by: 'solewriter',
    when: 'the write was admitted and not stored, as when somebody after us refused it; one for each use',
    cause: 'breakglass.use.admitted',
  },
  'breakglass.held': {
    severity: 'WARN',
    by: 'solewriter',
    when: 'an engine was kept from undoing a use for the first time; one for each use',
    cause: 'breakglass.use.admitted',
  },
  'breakglass.hold.expired': {
    severity: 'WARN',
    by: 'solewriter',
    when: 'engines may undo the use from now on, and Git has not caught up with it; one for each use that was held',
    cause: 'breakglass.held',
  },
  'breakglass.exhausted': {
    severity: 'INFO',
    by: 'solewriter',
    when: 'it has no uses left',
    cause: 'breakglass.activated',
  },
  'breakglass.expired': {
    severity: 'INFO',
    by: 'solewriter',
    when: 'its time is over',
    cause: 'breakglass.activated',
  },
  'breakglass.ended': {
    severity: 'INFO',
    by: 'holder',
    when: 'its holder has ended it',
    cause: 'breakglass.requested',
  },
  'breakglass.revoked': {
    severity: 'WARN',
    by: 'revoker',
    when: 'somebody has revoked it',
    cause: 'breakglass.requested',
  },
  'postmortem.acknowledged': {
    severity: 'INFO',
    by: 'reviewer',
    when: 'somebody has begun the review',
    cause: 'postmortem.opened',
  },
  'postmortem.overdue': {
    severity: 'ERROR',
    by: 'solewriter',
    when: 'the draft or the review is late; one for each',
    cause: 'postmortem.opened',
  },
  'postmortem.resolved': {
    severity: 'INFO',
    by: 'solewriter',
    when: 'Git has caught up with each use',
    cause: 'postmortem.opened',
  },
  'postmortem.closed': {
    severity: 'INFO',
    by: 'solewriter',
    when: 'nothing is left to do',
    cause: 'postmortem.opened',
  },
  'bypass.detected': {
    severity: 'ERROR',
    by: 'actor',
    when: 'a write was stored, or a connection made, past the webhook; one for each of the first hundred of an actor in an hour',
  },
} as const satisfies Readonly<Record<string, EventMeaning>>

export type EventType = keyof typeof eventTypes

export const eventTypeNames = Object.keys(eventTypes) as readonly EventType[]

export function meaningOf(type: EventType): EventMeaning {
  return eventTypes[type]
}

/** Of the CloudEvent. */
export function cloudEventType(type: EventType): string {
  return `dev.solewriter.${type}.v1`
}
