import { at, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { postMortemName } from './life-cycle.ts'
import { holderOf } from './holder.ts'
import { readGrant } from './grant.ts'

/** What solewriter says in a PostMortem. What people say in it is not here. */
export interface PostMortem {
  readonly name: string
  readonly spec: JsonObject
  readonly status: JsonObject
}

const told = [
  'incident',
  'reason',
  'activatedAt',
  'expiresAt',
  'skippedApprovers',
  'uses',
  'holds',
] as const

/** From the moment that a grant is there, even before its status is filled; without where it stands. */
export function toPostMortem(object: JsonObject): PostMortem {
  const grant = stringAt(object, 'metadata', 'name') ?? ''
  const facts = told.flatMap((key): [string, Json][] => {
    const value = at(object, 'status', key)
    return value === undefined ? [] : [[key, value]]
  })
  return {
    name: postMortemName(grant),
    spec: { grant },
    status: {
      ...Object.fromEntries(facts),
      holder: holderOf(object) ?? '',
      approvers: readGrant(object)?.status?.approvedBy ?? [],
      grantPhase: stringAt(object, 'status', 'phase') ?? '',
    },
  }
}
