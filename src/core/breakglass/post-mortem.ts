import { at, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { postMortemName } from './life-cycle.ts'
import { readGrant } from './grant.ts'

/** What solewriter says in a PostMortem. What people say in it is not here. */
export interface PostMortem {
  readonly name: string
  readonly spec: JsonObject
  readonly status: JsonObject
}

const told = ['incident', 'reason', 'activatedAt', 'expiresAt', 'uses'] as const

/** Of a grant with a filled status: before that nobody was let in. */
export function toPostMortem(object: JsonObject): PostMortem | undefined {
  const grant = readGrant(object)
  if (grant?.status === undefined) return undefined
  const { name, status } = grant
  const facts = told.flatMap((key): [string, Json][] => {
    const value = at(object, 'status', key)
    return value === undefined ? [] : [[key, value]]
  })
  return {
    name: postMortemName(name),
    spec: { grant: name },
    status: {
      ...Object.fromEntries(facts),
      holder: status.username,
      approvers: status.approvedBy,
      grantPhase: stringAt(object, 'status', 'phase') ?? '',
    },
  }
}
