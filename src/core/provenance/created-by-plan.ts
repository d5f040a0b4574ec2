import { digest } from '../manifest/canonical.ts'
import { stringAt } from '../manifest/json.ts'
import { planName, type Plan } from '../plans/plan.ts'
import type { Broken } from './absence.ts'
import type { Declared, DeclaredObject, DeclarationQuery } from './declarations.ts'

/** The object, if nothing declares it and the engine of the plan creates it all the same. */
export function createdByPlan(
  plan: Plan,
  { repository, commit, id }: DeclarationQuery,
  found: Declared | Broken,
): DeclaredObject | undefined {
  if (found.kind !== 'absent') return undefined
  const object = plan.creates?.find(
    (one) =>
      stringAt(one, 'kind') === id.kind &&
      groupOf(stringAt(one, 'apiVersion') ?? '') === id.group &&
      stringAt(one, 'metadata', 'name') === id.name &&
      (stringAt(one, 'metadata', 'namespace') ?? '') === id.namespace,
  )
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
    object,
  }
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : ''
}
