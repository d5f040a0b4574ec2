import { resourceName, type AdmissionRequest } from '../admission/request.ts'
import { isSubject } from '../identity/built-in-subject.ts'
import { hasServiceAccountToken } from '../identity/credential.ts'
import { rowCovers } from '../policy/explain.ts'
import type { RowCondition } from '../policy/row-condition.ts'
import type { Policy } from '../policy/schema.ts'
import { subjectMatches } from '../policy/subject.ts'
import { rowsNaming } from './built-in.ts'
import { changesFinalizers } from './conditions/finalizers.ts'
import { isPodOf } from './conditions/pods.ts'
import type { BuiltInRow, Condition } from './row.ts'

/** Conditions of presets that only the code about their engine can judge, by name. */
export type EngineConditions = ReadonlyMap<string, Condition>

/** A row that is about this identity, resource, operation and object; fields are another question. */
export interface Candidate {
  readonly name: string
  readonly fields: readonly string[]
  readonly condition?: Condition
}

export function builtInCandidates(request: AdmissionRequest): readonly Candidate[] {
  return rowsNaming(request.user.username)
    .filter((row) => isAbout(row, request) && isSubject(row.subject, request.user))
    .map((row) => ({ ...row, fields: row.fields ?? [] }))
}

function isAbout(row: BuiltInRow, request: AdmissionRequest): boolean {
  return (
    row.operations.includes(request.operation) &&
    isAboutResource(row, resourceName(request)) &&
    (row.names?.includes(request.name) ?? true) &&
    (row.namespaces?.includes(request.namespace) ?? true)
  )
}

/** `*` is every main resource, `*\/scale` that subresource of every resource. */
export function isAboutResource({ resources }: BuiltInRow, resource: string): boolean {
  const [, subresource] = resource.split('/')
  const wildcard = subresource === undefined ? '*' : `*/${subresource}`
  return resources.includes(resource) || resources.includes(wildcard)
}

export function policyCandidates(
  policy: Policy,
  request: AdmissionRequest,
  engine: EngineConditions = new Map(),
): readonly Candidate[] {
  const { namespace, name, operation, user } = request
  const target = { resource: resourceName(request), namespace, name }
  return policy.spec.exceptions
    .filter(({ subject }) => subjectMatches(subject, user))
    .filter(({ subject }) => subject.kind !== 'serviceAccount' || hasServiceAccountToken(user))
    .flatMap((exception) =>
      exception.allow
        .filter((row) => row.operations.includes(operation) && rowCovers(row, target))
        .map(({ fields = [], only }) => {
          const condition = only && conditionOf(only, engine)
          return { name: exception.name, fields, ...(condition && { condition }) }
        }),
    )
}

/** A condition that nobody can judge does not hold. */
function conditionOf(only: RowCondition, engine: EngineConditions): Condition {
  if (only.kind === 'finalizers') return changesFinalizers(...only.names)
  if (only.kind === 'pod-of') return isPodOf(only.account)
  return engine.get(only.name) ?? { says: only.says, holds: () => false }
}
