import type { BreakGlassRule, Policy } from '../policy/schema.ts'
import type { Identity } from '../policy/subject.ts'

/** The first rule that names the user, by name or by any of the groups. */
export function ruleFor(policy: Policy, user: Identity): BreakGlassRule | undefined {
  return policy.spec.breakGlass.rules.find(
    ({ subjects: { groups = [], users = [] } }) =>
      users.includes(user.username) || groups.some((group) => user.groups.includes(group)),
  )
}
