import { at, stringAt, type Json } from '../manifest/json.ts'

/** Whether `status.conditions` has this one as True. */
export function hasCondition(object: Json | undefined, type: string): boolean {
  const conditions = at(object, 'status', 'conditions')
  if (!Array.isArray(conditions)) return false
  return (conditions as readonly Json[]).some(
    (one) => stringAt(one, 'type') === type && stringAt(one, 'status') === 'True',
  )
}
