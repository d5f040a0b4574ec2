import { digest } from '../manifest/canonical.ts'
import { stringAt, type JsonObject } from '../manifest/json.ts'
import type { ObjectId } from '../manifest/object-id.ts'
import { planName, type Plan } from '../plans/plan.ts'
import type { Broken } from './absence.ts'
import type { Declared, DeclaredObject, DeclarationQuery } from './declarations.ts'

/** The object, if nothing declares it and the engine of the plan creates it all the same. */
export function createdByPlan(
  plan: Plan,
  { repository, commit, id }: DeclarationQuery,
  found: Declared | Broken,
): DeclaredObject | undefined {
  const object = found.kind === 'absent' ? createdBy(plan, id) : undefined
  if (object === undefined) return undefined
  return {
    id,
    apiVersion: stringAt(object, 'apiVersion') ?? '',
    generateName: '',
    repository,
    commit,
    branch: plan.branch,
    plans: [plan],
    source: planName(plan),
    file: planName(plan),
    line: 1,
    digest: digest(object),
    isCreated: true,
    object,
  }
}

/** What the engine of the plan creates under this id. */
export function createdBy({ creates = [] }: Plan, id: ObjectId): JsonObject | undefined {
  return creates.find(
    (one) =>
      stringAt(one, 'kind') === id.kind &&
      groupOf(stringAt(one, 'apiVersion') ?? '') === id.group &&
      stringAt(one, 'metadata', 'name') === id.name &&
      (stringAt(one, 'metadata', 'namespace') ?? '') === id.namespace,
  )
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : ''
}
