import { controllerAccounts } from '../exceptions/table/accounts.ts'
import type { Policy } from '../policy/schema.ts'

/** Whose account it is, by `namespace/name`: whoever has its token has what we allow it. */
type NamedAccounts = ReadonlyMap<string, string>

const controlPlane: readonly (readonly [string, string])[] = controllerAccounts.map((name) => [
  `kube-system/${name}`,
  'the control plane',
])
const known = new WeakMap<Policy, NamedAccounts>()

/** Why what belongs to a service account is protected; undefined if neither policy nor table names it. */
export function whyNamed(
  policy: Policy,
  account: { readonly namespace: string; readonly name: string },
  what: string,
): string | undefined {
  const place = `${account.namespace}/${account.name}`
  const role = namedAccounts(policy).get(place)
  return role === undefined ? undefined : `${what} of ${place} are those of ${role}`
}

/** Where Pods may run as one of them. */
export function namespacesOfAccounts(policy: Policy): ReadonlySet<string> {
  return new Set([...namedAccounts(policy).keys()].map((place) => place.split('/', 1)[0] ?? ''))
}

function namedAccounts(policy: Policy): NamedAccounts {
  const found = known.get(policy) ?? new Map([...controlPlane, ...ofPolicy(policy)])
  known.set(policy, found)
  return found
}

function ofPolicy({ spec }: Policy): readonly (readonly [string, string])[] {
  const rows = [
    ...spec.derived.map(({ subject, name }) => ({ subject, role: `derived ${name}` })),
    ...spec.exceptions.map(({ subject, name }) => ({ subject, role: `exception ${name}` })),
    ...spec.writers.map(({ subject, name }) => ({ subject, role: `writer ${name}` })),
  ]
  return rows.flatMap(({ subject, role }) =>
    subject.kind === 'serviceAccount' ? [[`${subject.namespace}/${subject.name}`, role]] : [],
  )
}
