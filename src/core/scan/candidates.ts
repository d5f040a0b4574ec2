import { resourceName, type AdmissionRequest } from '../admission/request.ts'
import { ownConditions } from '../engines/own-conditions.ts'
import { builtInRows } from '../exceptions/built-in.ts'
import { builtInCandidates, policyCandidates, type Candidate } from '../exceptions/candidates.ts'
import type { BuiltInRow } from '../exceptions/row.ts'
import type { BuiltInSubject } from '../identity/built-in-subject.ts'
import type { Policy } from '../policy/schema.ts'
import { requestOf, type LiveObject, type Write } from './live-object.ts'
import { userNamed, userOf } from './subject-user.ts'

/** A row that may have let somebody write the object, and the write by which its condition is judged. */
export interface MayHave extends Candidate {
  readonly origin: 'built-in' | 'policy'
  readonly request: AdmissionRequest
}

interface Asked {
  readonly subject: BuiltInSubject
  readonly subresource: string
}

const askedOf = new Map<string, readonly Asked[]>()

/** The rows of the table and of the policy that are about such a write, whoever sends it. */
export function whoMay(live: LiveObject, write: Write, policy: Policy): readonly MayHave[] {
  const { operation } = write
  const main = resourceName(requestOf(live, write))
  const key = `${operation} ${main}`
  const asked = askedOf.get(key) ?? subjectsFor(operation, main)
  askedOf.set(key, asked)
  const builtIn = asked.flatMap(({ subject, subresource }) => {
    const request = requestOf(live, { ...write, user: userOf(subject, live), subresource })
    return builtInCandidates(request).map((row) => ({
      ...row,
      request,
      origin: 'built-in' as const,
    }))
  })
  return [...builtIn, ...ofPolicy(live, write, policy)]
}

/** Each subject once: their rows are found by their names. */
function subjectsFor(operation: Write['operation'], main: string): readonly Asked[] {
  const found = new Map<string, Asked>()
  for (const row of builtInRows) {
    for (const subresource of subresourcesOf(row, operation, main)) {
      found.set(JSON.stringify([row.subject, subresource]), { subject: row.subject, subresource })
    }
  }
  return [...found.values()]
}

/** What is said of a subresource ends in the object as well, so that an update may be of one. */
function subresourcesOf(row: BuiltInRow, operation: string, main: string): readonly string[] {
  return row.resources.flatMap((resource) => {
    const [of = '', subresource = ''] = resource.split('/')
    const isAbout = of === main || of === '*'
    const isUpdate = subresource === '' ? row.operations.includes('UPDATE') : true
    const fits = operation === 'UPDATE' ? isUpdate : subresource === '' && creates(row)
    return isAbout && fits ? [subresource] : []
  })
}

function creates({ operations }: BuiltInRow): boolean {
  return operations.includes('CREATE')
}

const ofObjects: readonly string[] = ['', 'scale', 'status']

function ofPolicy(live: LiveObject, write: Write, policy: Policy): readonly MayHave[] {
  const subresources = write.operation === 'UPDATE' ? ofObjects : ['']
  return policy.spec.exceptions.flatMap(({ subject }) =>
    subresources.flatMap((subresource) => {
      const request = requestOf(live, { ...write, user: userNamed(subject), subresource })
      return policyCandidates(policy, request, ownConditions).map((row) => ({
        ...row,
        request,
        origin: 'policy' as const,
      }))
    }),
  )
}
