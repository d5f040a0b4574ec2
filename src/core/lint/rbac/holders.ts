import { accountName, reaches } from './access.ts'
import type { Binding, RbacSubject, Rule } from './bindings.ts'
import { everything, powers, type Power } from './powers.ts'

/** One subject that one binding gives one power to. */
export interface Holding {
  readonly power: Power
  readonly subject: RbacSubject
  readonly binding: Binding
  /** `users`, `create serviceaccounts/token`: what of the power it is. */
  readonly asked: readonly string[]
  /** The only objects that it is given for; empty: all. */
  readonly names: readonly string[]
}

export interface Places {
  /** Namespaces in which identities live that the policy or the built-in table names. */
  readonly identities: ReadonlySet<string>
  readonly own: string
}

/** All holders of all powers; who may do everything is named for that alone. */
export function holdersOf(bindings: readonly Binding[], places: Places): readonly Holding[] {
  return bindings.flatMap((binding) => {
    const all = given(everything, binding, places)
    const held = all === undefined ? powers.map((power) => given(power, binding, places)) : [all]
    return held
      .filter((one) => one !== undefined)
      .flatMap((one) => binding.subjects.map((subject) => ({ ...one, subject })))
  })
}

function given(
  power: Power,
  binding: Binding,
  places: Places,
): Omit<Holding, 'subject'> | undefined {
  if (!isInPlace(power, binding, places)) return undefined
  const found = power.asks.flatMap((ask) => {
    const rules = binding.rules.filter((rule) => reaches(rule, ask))
    return rules.length === 0 ? [] : [{ ask, rules }]
  })
  if (found.length === 0) return undefined
  const { asks } = power
  const verbs = new Set(asks.map(({ verb }) => verb))
  const asked = found.map(({ ask: { verb, resource, subresource } }) => {
    const what = subresource === '' ? resource : `${resource}/${subresource}`
    return verbs.size === 1 || verb.startsWith('impersonate') ? what : `${verb} ${what}`
  })
  return {
    power,
    binding,
    asked: [...new Set(asked)],
    names: namesOf(found.flatMap(({ rules }) => rules)),
  }
}

function isInPlace({ where }: Power, { kind, namespace }: Binding, places: Places): boolean {
  if (kind === 'ClusterRoleBinding') return true
  if (where === 'own') return namespace === places.own
  return where === 'identities' && places.identities.has(namespace)
}

function namesOf(rules: readonly Rule[]): readonly string[] {
  if (rules.some(({ resourceNames }) => resourceNames.length === 0)) return []
  return [...new Set(rules.flatMap(({ resourceNames }) => resourceNames))].toSorted()
}

/** As the API server calls it: the name of a user or group, or the username of an account. */
export function usernameOf({ kind, namespace, name }: RbacSubject): string {
  return kind === 'ServiceAccount' ? accountName(namespace, name) : name
}
