import type { ApiEvent, Target } from './api-event.ts'
import { listOf, type Listed } from './findings.ts'
import { admissionGroup, resourceText } from './population.ts'
import { timeText } from './time-text.ts'

/** A change of what decides whether we are asked, and what we answer. */
export interface Change {
  readonly time: string
  readonly auditId: string
  readonly user: string
  readonly impersonator: string | null
  readonly verb: string
  readonly resource: string
  readonly namespace: string
  readonly name: string
  readonly about: 'admission' | 'policy' | 'definitions'
  readonly sourceIps: readonly string[]
}

export interface Changes {
  /** One beside the period is not listed. */
  add(event: ApiEvent, about: Change['about'], isInside: boolean): void
  /** Whether at that time somebody's change may have kept us from being asked. */
  isInDoubt(time: number): boolean
  listed(): Listed<Change>
}

const webhooks = 'validatingwebhookconfigurations'
const ownConfiguration = 'solewriter'
/** It keeps the caBundle, for which it patches the configuration. */
const ownController = 'system:serviceaccount:solewriter-system:solewriter-controller'
/** How long API servers go on with what they knew. */
const settling = 10_000
const ownSuffix = '.solewriter.dev'

export function aboutOf({ group, resource, subresource, namespace, name }: Target) {
  if (subresource !== '') return undefined
  if (group === admissionGroup) return 'admission'
  if (group === 'apiextensions.k8s.io' && name.endsWith(ownSuffix)) return 'definitions'
  return isPolicy({ group, resource, namespace, name }) ? 'policy' : undefined
}

function isPolicy({ group, resource, namespace, name }: Omit<Target, 'subresource'>): boolean {
  return (
    group === '' &&
    resource === 'configmaps' &&
    namespace === 'solewriter-system' &&
    name === 'solewriter-policy'
  )
}

interface Turn {
  readonly time: number
  readonly isMaking: boolean
}

/** So many are remembered for what they do to others; the list has its own limit. */
const mostTurns = 10_000

export function changesOf(): Changes {
  const changes = listOf<Change>()
  const turns: Turn[] = []
  return {
    add: (event, about, isInside) => {
      if (isInside) changes.add(toChange(event, about))
      if (isOfOurs(event) && turns.length < mostTurns) {
        turns.push({ time: event.endedAt, isMaking: event.verb === 'create' })
      }
    },
    // A new one asks as it says; one that was changed or removed may not, until it is made again.
    isInDoubt: (time) => {
      let last: Turn | undefined
      for (const turn of turns) {
        const isBefore = turn.time - settling <= time
        if (isBefore && turn.time >= (last?.time ?? 0)) last = turn
      }
      return last !== undefined && (!last.isMaking || time - last.time <= settling)
    },
    listed: () => changes.listed(),
  }
}

function isOfOurs({ target, user, impersonator }: ApiEvent): boolean {
  if (target.resource !== webhooks || target.name !== ownConfiguration) return false
  return user.username !== ownController || impersonator !== undefined
}

function toChange(event: ApiEvent, about: Change['about']): Change {
  const { target } = event
  return {
    time: timeText(event.receivedAt),
    auditId: event.auditId,
    user: event.user.username,
    impersonator: event.impersonator ?? null,
    verb: event.verb,
    resource: resourceText(target),
    namespace: target.namespace,
    name: target.name,
    about,
    sourceIps: event.sourceIps,
  }
}
